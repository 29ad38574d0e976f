package transfer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
)

// A history larger than what is held of it at once is exported whole, each revision
// once and in order.
func TestALargeHistoryIsExportedInParts(t *testing.T) {
	w := newWorld(t)
	w.run("code,name\nA1,One\nB2,Two\nC3,Three\n", transfer.Options{})
	var want []string
	for _, code := range []string{"A1", "C3", "B2"} { // by address: one, three, two
		e := w.entry(code)
		want = append(want, e.Slug+" 1")
		for n := range 24 { // more of one entry than is held at once
			body := fmt.Sprint(n) + strings.Repeat(" filled", 60_000)
			must(w.Registry.Revise(t.Context(), w.ana, e.ID, registry.Change{Body: &body}))(t)
			want = append(want, fmt.Sprint(e.Slug, " ", n+2))
		}
	}
	var b bytes.Buffer
	must(w.x.Export(t.Context(), w.ana, "sites", &b, transfer.Exporting{Format: tabular.JSONL, History: true}))(t)
	var got []string
	for line := range strings.Lines(b.String()) {
		_, slug, _ := strings.Cut(line, `"slug":"`)
		slug, _, _ = strings.Cut(slug, `"`)
		_, n, _ := strings.Cut(line, `"revision":`)
		n, _, _ = strings.Cut(n, ",")
		got = append(got, slug+" "+n)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
}
