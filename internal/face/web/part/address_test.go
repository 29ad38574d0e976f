package part_test

import (
	"testing"

	"pollen/internal/face/web/part"
)

func TestOneReturnsToThisInstanceAlone(t *testing.T) {
	for back, want := range map[string]string{
		"/":                          "/",
		"/c/people?sort=name#top":    "/c/people?sort=name#top",
		"":                           "/",
		"c/people":                   "/",
		"//evil.example":             "/",
		"https://evil.example/":      "/",
		"/\\evil.example":            "/",
		"/\t/evil.example":           "/", // browsers drop what stands between
		"/\n/evil.example":           "/",
		"javascript:alert(1)":        "/",
		"/search?q=//elsewhere.test": "/search?q=//elsewhere.test",
	} {
		if got := part.Inside(back); got != want {
			t.Errorf("%q leads to %q, want %q", back, got, want)
		}
	}
}
