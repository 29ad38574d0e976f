package pollen_test

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pollen"
)

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"", "0000000000000", "0000000000001", "7zzzzzzzzzzzz", "8000000000000", "07227NAG14401", "07227nag1440é", "il00000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		id, err := pollen.ParseID[struct{}](in)
		if err != nil {
			if id != 0 || !pollen.Is(err, pollen.Invalid) {
				t.Fatalf("%q: %v, %v", in, id, err)
			}
			return
		}
		if id <= 0 {
			t.Fatalf("%q is %d", in, id)
		}
		if again, err := pollen.ParseID[struct{}](id.String()); err != nil || again != id || id.String() != strings.ToLower(id.String()) {
			t.Fatalf("%q is written %q and read %v, %v", in, id, again, err)
		}
	})
}

func FuzzReadCursor(f *testing.F) {
	type position struct {
		Number int64        `json:"n"`
		Act    pollen.ActID `json:"a"`
		Text   string       `json:"t"`
	}
	f.Add(pollen.Cursor(position{1, 2, "x"}))
	f.Add(pollen.Cursor(7))
	f.Add("")
	f.Add("e30")
	f.Add("not a cursor")
	f.Fuzz(func(t *testing.T, in string) {
		var p position
		if err := pollen.ReadCursor(in, &p); err != nil {
			if !pollen.Is(err, pollen.Invalid) {
				t.Fatalf("%q: %v", in, err)
			}
			return
		}
		var again position
		if err := pollen.ReadCursor(pollen.Cursor(p), &again); err != nil {
			t.Fatalf("%q reads as %+v, which is not read again: %v", in, p, err)
		}
		a, _ := json.Marshal(p)
		b, _ := json.Marshal(again)
		if string(a) != string(b) {
			t.Fatalf("%q reads as %s, then as %s", in, a, b)
		}
	})
}

func TestAClockThatWasNeverSetStillOrdersIdentifiers(t *testing.T) {
	at := time.Unix(0, 0)
	m, err := pollen.NewMint(func() time.Time { return at }, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	early := []int64{m.Ordered(), m.Ordered()}
	at = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	if now := m.Ordered(); early[0] <= 0 || early[1] <= early[0] || now <= early[1] || now != m.Ordered()-1 {
		t.Errorf("%d, then %d", early, now)
	}
}

func TestAMessageCountsAndIsKeptAsJSON(t *testing.T) {
	for n, want := range map[int]string{
		0: "0 rows of sites: 0\u00a0bytes", 1: "1 row of sites: 1\u00a0byte", 1_000_000: "1000000 rows of sites: 1000000\u00a0bytes",
	} {
		m := pollen.ErrorN(pollen.Invalid, "x.rows", n, "{n} row of {c}: {size}", "{n} rows of {c}: {size}", "c", "sites", "size", pollen.Bytes(int64(n))).Message
		if got := m.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		kept, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var again pollen.Message
		if err := json.Unmarshal(kept, &again); err != nil || again.String() != want {
			t.Errorf("%s is read as %q, %v; want %q", kept, again, err, want)
		}
	}
}
