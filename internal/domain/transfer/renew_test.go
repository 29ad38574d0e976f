package transfer_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
)

// many is a file of sites that takes several parts.
func many(rows int) transfer.File {
	var b strings.Builder
	b.WriteString("code,name\n")
	for i := range rows {
		fmt.Fprintf(&b, "S%d,Site %d\n", i, i)
	}
	return file("many.csv", b.String())
}

// Who loses their access in the middle goes no further: an import stops and can
// go on, an export ends in an error.
func TestAccessIsLookedAtBetweenTwoParts(t *testing.T) {
	const rows = 3000
	for name, lose := range map[string]func(*world) error{
		"revoked": func(*world) error { return nil },
		"left": func(w *world) error {
			return w.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return w.Communities.Depart(tx, w.ana.Persona) })
		},
		"erased": func(w *world) error {
			return w.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return w.Personas.Erase(tx, w.ana.Persona) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			parts := 0
			o := transfer.Options{Gentle: true, Renew: func(ctx context.Context) (pollen.Actor, error) {
				if parts++; parts < 3 {
					return w.ana, nil
				}
				if name == "revoked" {
					return pollen.Actor{}, pollen.Errorf(pollen.Unauthenticated, "identity.token", "This API token is unknown or was revoked. Make a new one.")
				}
				if err := lose(w); err != nil {
					return pollen.Actor{}, err
				}
				return w.Again(ctx, w.ana.Persona)
			}}
			r, err := w.x.Run(t.Context(), w.ana, "sites", many(rows), o)
			if pollen.MessageOf(err).Key != "transfer.lost" || r == nil || r.Rows == 0 || r.Rows == rows {
				t.Fatalf("%+v, %v", r, err)
			}
			b := must(w.Registry.Batches(t.Context(), w.System, "sites", 1, ""))(t).Items[0]
			if b.State != registry.BatchInProgress || b.Position != r.Rows {
				t.Errorf("%+v", b)
			}
			if name != "revoked" {
				return
			}
			if r = must(w.x.Run(t.Context(), w.ana, "sites", many(rows), transfer.Options{}))(t); !r.Resumed || r.Created != rows {
				t.Errorf("gone on: %+v", r)
			}
			var out bytes.Buffer
			n, err := w.x.Export(t.Context(), w.ana, "sites", &out, transfer.Exporting{Format: tabular.CSV, Renew: o.Renew})
			if pollen.MessageOf(err).Key != "transfer.lost" || n == 0 || n == rows {
				t.Errorf("exported %d: %v", n, err)
			}
		})
	}
}
