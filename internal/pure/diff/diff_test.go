package diff_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"pollen/internal/pure/diff"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"bureau B 2.14", "bureau B 2.16", "bureau B 2.[-14][+16]"},
		{"", "neuf", "[+neuf]"},
		{"l'été dernier", "l'hiver dernier", "[-l'été][+l'hiver] dernier"},
		{"東京都", "東京", "東京[-都]"},
		{"same", "same", "same"},
	} {
		var got strings.Builder
		for _, p := range diff.Words(c.old, c.new) {
			switch p.Op {
			case diff.Delete:
				fmt.Fprintf(&got, "[-%s]", p.Text)
			case diff.Insert:
				fmt.Fprintf(&got, "[+%s]", p.Text)
			default:
				got.WriteString(p.Text)
			}
		}
		if got.String() != c.want {
			t.Errorf("%q to %q: %s, want %s", c.old, c.new, got.String(), c.want)
		}
	}
}

// Texts that differ too much to be compared at once are compared by line, then
// by word inside the lines that changed.
func TestWordsOfLongTexts(t *testing.T) {
	var old, next strings.Builder
	for i := range 400 {
		fmt.Fprintf(&old, "Paragraph %d says a thing or two about number %d.\n", i, i)
		word := "thing"
		if i%100 == 50 {
			word = "word"
		}
		fmt.Fprintf(&next, "Paragraph %d says a %s or two about number %d.\n", i, word, i)
	}
	var changes []diff.Piece
	for _, p := range diff.Words(old.String(), next.String()) {
		if p.Op != diff.Same {
			changes = append(changes, p)
		}
	}
	one := []diff.Piece{{Op: diff.Delete, Text: "thing"}, {Op: diff.Insert, Text: "word"}}
	if want := slices.Concat(one, one, one, one); !slices.Equal(changes, want) {
		t.Errorf("%q", changes)
	}
}

// What cannot be compared within bounds is told as a whole: a text replaced, a
// conflict.
func TestComparingIsBounded(t *testing.T) {
	text := func(from, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%d\n", from+i)
		}
		return b.String()
	}
	base, mine, theirs := text(0, 20_000), text(20_000, 20_000), text(40_000, 20_000)
	if got := diff.Words(base, mine); len(got) != 2 {
		t.Errorf("%d pieces", len(got))
	}
	if merged, conflicts := diff.Merge(base, mine, theirs); merged != theirs || len(conflicts) != 1 {
		t.Errorf("%d conflicts", len(conflicts))
	}
	// A word in a long text is nothing that needs bounds.
	if merged, conflicts := diff.Merge(base, "first\n"+base, base+"last\n"); merged != "first\n"+base+"last\n" || len(conflicts) > 0 {
		t.Errorf("%d conflicts", len(conflicts))
	}
}

func BenchmarkWordsAtTheBound(b *testing.B) {
	var old, next strings.Builder
	for i := range 700 {
		fmt.Fprintf(&old, "a%d ", i)
		fmt.Fprintf(&next, "b%d ", i)
	}
	for b.Loop() {
		diff.Words(old.String(), next.String())
	}
}

func rejoins(t interface{ Fatalf(string, ...any) }, old, new string) {
	var a, b strings.Builder
	for _, p := range diff.Words(old, new) {
		if p.Op != diff.Insert {
			a.WriteString(p.Text)
		}
		if p.Op != diff.Delete {
			b.WriteString(p.Text)
		}
	}
	if a.String() != old || b.String() != new {
		t.Fatalf("%q to %q rejoins as %q and %q", old, new, a.String(), b.String())
	}
}

func FuzzWords(f *testing.F) {
	f.Add("one two", "one three")
	f.Fuzz(func(t *testing.T, old, new string) {
		if utf8.ValidString(old) && utf8.ValidString(new) {
			rejoins(t, old, new)
		}
	})
}

func FuzzMerge(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nB\nc\n", "a\nb\nC\n")
	f.Fuzz(func(t *testing.T, base, mine, theirs string) { laws(t, base, mine, theirs) })
}

// Values of any shape: each is canonical or absent after a merge, too.
func FuzzValues(f *testing.F) {
	f.Add("a\n\nb", "a", "b")
	f.Add("a", "", "b")
	f.Add("a\nb", "a\nc", "b\na")
	f.Fuzz(func(t *testing.T, base, mine, theirs string) {
		for shape, value := range shaped {
			b, m, o := value(base), value(mine), value(theirs)
			for _, c := range []struct{ b, m, o, want json.RawMessage }{{b, b, o, o}, {b, m, b, m}, {b, m, m, m}} {
				if got, conflict := diff.Values(shape, c.b, c.m, c.o); string(got) != string(c.want) || conflict {
					t.Fatalf("%v: merge of %s, %s, %s: %s, %v", shape, c.b, c.m, c.o, got, conflict)
				}
			}
			got, conflict := diff.Values(shape, b, m, o)
			if len(got) > 0 && (!json.Valid(got) || slices.Contains([]string{`""`, "[]", "{}", "null"}, string(got))) {
				t.Fatalf("%v: merge of %s, %s, %s is kept as %s", shape, b, m, o, got)
			}
			if _, other := diff.Values(shape, b, o, m); other != conflict {
				t.Fatalf("%v: %s, %s, %s: conflict %v one way alone", shape, b, m, o, conflict)
			}
		}
	})
}

// shaped makes a value of each shape of a text, nil of an empty one.
var shaped = map[diff.Shape]func(string) json.RawMessage{
	diff.Scalar:     func(s string) json.RawMessage { return kept(s, s == "") },
	diff.Paragraphs: func(s string) json.RawMessage { return kept(s, s == "") },
	diff.List: func(s string) json.RawMessage {
		var out []string
		for _, x := range strings.Fields(s) {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
		return kept(out, len(out) == 0)
	},
	diff.Map: func(s string) json.RawMessage {
		out := map[string]string{}
		for _, x := range strings.Fields(s) {
			if len(x) > 1 {
				out[x[:1]] = x[1:]
			}
		}
		return kept(out, len(out) == 0)
	},
}

func kept(v any, absent bool) json.RawMessage {
	if absent {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// laws are what every merge obeys.
func laws(t interface{ Fatalf(string, ...any) }, base, mine, theirs string) {
	for _, c := range []struct{ o, a, b, want string }{
		{base, base, theirs, theirs}, {base, mine, base, mine}, {base, mine, mine, mine},
	} {
		if got, conflicts := diff.Merge(c.o, c.a, c.b); got != c.want || conflicts != nil {
			t.Fatalf("merge of %q, %q, %q: %q, %v", c.o, c.a, c.b, got, conflicts)
		}
	}
	_, ab := diff.Merge(base, mine, theirs)
	_, ba := diff.Merge(base, theirs, mine)
	if len(ab) != len(ba) {
		t.Fatalf("%d conflicts one way, %d the other: %q, %q, %q", len(ab), len(ba), base, mine, theirs)
	}
}

func TestMergeLaws(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "\n", "d"}), 0, 8).Draw(t, "lines"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		base, mine, theirs := text.Draw(t, "base"), text.Draw(t, "mine"), text.Draw(t, "theirs")
		laws(t, base, mine, theirs)
		rejoins(t, base, mine)
	})
}

func TestMergeByParagraph(t *testing.T) {
	base := "Intro.\n\nAccess by the gate.\n\nHours: 8 to 17.\n"
	mine := strings.Replace(base, "by the gate", "by the north gate", 1)
	theirs := strings.Replace(base, "8 to 17", "7 to 19", 1)
	got, conflicts := diff.Merge(base, mine, theirs)
	if want := "Intro.\n\nAccess by the north gate.\n\nHours: 7 to 19.\n"; got != want || conflicts != nil {
		t.Errorf("got %q, %v", got, conflicts)
	}
	other := strings.Replace(base, "8 to 17", "9 to 12", 1)
	if _, conflicts := diff.Merge(base, theirs, other); len(conflicts) != 1 || conflicts[0].Mine != "Hours: 7 to 19.\n" {
		t.Errorf("conflicts %v", conflicts)
	}
}

func TestWhatBothEmptyIsAbsent(t *testing.T) {
	if got, conflict := diff.Values(diff.Paragraphs, json.RawMessage(`"a\n\nb"`), json.RawMessage(`"a\n\nc"`), nil); got != nil || !conflict {
		t.Errorf("one changes a text, another empties it: %s, %v", got, conflict)
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		shape                    diff.Shape
		base, mine, theirs, want string
		conflict                 bool
	}{
		{diff.Scalar, `"a"`, `"b"`, `"a"`, `"b"`, false},
		{diff.Scalar, `"a"`, `"b"`, `"c"`, `"c"`, true},
		{diff.Scalar, `"a"`, ``, `"a"`, ``, false},
		{diff.List, `["a","b"]`, `["a","b","c"]`, `["b"]`, `["b","c"]`, false},
		{diff.List, ``, `["a"]`, `["b"]`, `["b","a"]`, false},
		{diff.List, `["a","b"]`, `["a"]`, `["b"]`, ``, false},
		{diff.Map, `{"en":"x"}`, `{"en":"x","fr":"y"}`, `{"de":"z","en":"x"}`, `{"de":"z","en":"x","fr":"y"}`, false},
		{diff.Map, `{"en":"x"}`, `{"en":"y"}`, `{"en":"z"}`, `{"en":"z"}`, true},
		{diff.Paragraphs, `"a\nb\nc"`, `"A\nb\nc"`, `"a\nb\nC"`, `"A\nb\nC"`, false},
	} {
		got, conflict := diff.Values(c.shape, json.RawMessage(c.base), json.RawMessage(c.mine), json.RawMessage(c.theirs))
		if string(got) != c.want || conflict != c.conflict {
			t.Errorf("%s %s, %s, %s: %s (conflict %v), want %s (%v)", c.shape, c.base, c.mine, c.theirs, got, conflict, c.want, c.conflict)
		}
	}
}
