package schema

import (
	"encoding/json"
	"net/url"
	"strings"
)

// urlKind is a web address: http or https, nothing that a browser would run.
type urlKind struct{ asText }

func (urlKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	t := s
	if !strings.Contains(t, "://") && strings.HasPrefix(strings.ToLower(t), "www.") {
		t = "https://" + t
	}
	u, err := url.Parse(t)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(t, " \n\t<>\"") {
		return nil, bad(f, s, "https://example.org/page")
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" {
		return nil, bad(f, s, "https://example.org/page")
	}
	u.Scheme, u.Host = scheme, strings.ToLower(u.Host)
	return quote(u.String()), nil
}

func (urlKind) display(_ *Field, v json.RawMessage, _ string) string {
	s := str(v)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	return strings.TrimSuffix(s, "/")
}
