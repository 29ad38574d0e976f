package tabular_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/tabular"
)

func TestJSONIsFound(t *testing.T) {
	for name, in := range map[string]string{
		"lines":            `{"a":1,"b":"x"}` + "\n" + `{"b":"y","a":2}` + "\n",
		"CRLF, BOM, space": "\uFEFF" + ` {"a":1,"b":"x"} ` + "\r\n\r\n" + `{"b":"y","a":2}`,
		"array":            `[{"a":1,"b":"x"},{"b":"y","a":2}]`,
		"printed array":    "[\n  {\n    \"a\": 1,\n    \"b\": \"x\"\n  },\n  {\n    \"b\": \"y\",\n    \"a\": 2\n  }\n]\n",
		"printed objects":  "{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n{\n  \"b\": \"y\",\n  \"a\": 2\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := readAll(t, strings.NewReader(in), tabular.Options{})
			if got.detected.Format != tabular.JSONL || !reflect.DeepEqual(got.columns, []string{"a", "b"}) {
				t.Errorf("%+v, columns %v", got.detected, got.columns)
			}
			if !reflect.DeepEqual(got.rows, [][]string{{"1", "x"}, {"2", "y"}}) || len(got.problems) > 0 {
				t.Errorf("%q %v", got.rows, got.problems)
			}
		})
	}
}

func TestJSONCells(t *testing.T) {
	in := `{"s":"a\u00e9\n","n":1.50,"t":true,"z":null,"l":["x", 1],"o":{"k":"v"},"e":""}` + "\n" + `{"x\"y":1}`
	rd, _, err := tabular.Open(strings.NewReader(in), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rec tabular.Record
	if err := rd.Next(&rec); err != nil {
		t.Fatal(err)
	}
	want := []tabular.Cell{
		{"aé\n", json.RawMessage(`"a\u00e9\n"`)}, {"1.50", json.RawMessage(`1.50`)}, {"true", json.RawMessage(`true`)},
		{"", json.RawMessage(`null`)}, {`["x", 1]`, json.RawMessage(`["x", 1]`)}, {`{"k":"v"}`, json.RawMessage(`{"k":"v"}`)},
		{"", json.RawMessage(`""`)}, {},
	}
	if !reflect.DeepEqual(rec.Cells, want) {
		t.Errorf("got  %s\nwant %s", fmt.Sprint(rec.Cells), fmt.Sprint(want))
	}
	kept := rec.Cells[0]
	if err := rd.Next(&rec); err != nil || rec.Cells[7].Text != "1" || rec.Cells[0].JSON != nil {
		t.Errorf("second record %v, %v", rec.Cells, err)
	}
	if kept.Text != "aé\n" || string(kept.JSON) != `"a\u00e9\n"` {
		t.Errorf("a kept cell changed to %v", kept)
	}
	if !reflect.DeepEqual(rd.Columns(), []string{"s", "n", "t", "z", "l", "o", "e", `x"y`}) {
		t.Errorf("columns %q", rd.Columns())
	}
}

func TestKeysThatComeLateAreExtra(t *testing.T) {
	in := strings.Repeat(`{"a":1}`+"\n", 1000) + `{"a":2,"late":"x"}` + "\n" + `{"a":3}` + "\n"
	rd, _, err := tabular.Open(strings.NewReader(in), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rec tabular.Record
	for range 1001 {
		if err := rd.Next(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if rec.Line != 1001 || rec.Extra["late"].Text != "x" || rec.Cells[0].Text != "2" {
		t.Errorf("%+v", rec)
	}
	if err := rd.Next(&rec); err != nil || len(rec.Extra) != 0 {
		t.Errorf("%+v %v", rec, err)
	}
}

func TestJSONProblems(t *testing.T) {
	deep := strings.Repeat(`[`, 80) + strings.Repeat(`]`, 80)
	for _, c := range []struct{ name, bad, want string }{
		{"no JSON", `{"a":`, "tabular.json"},
		{"no object", `[1,2]`, "tabular.json-object"},
		{"a number", `12`, "tabular.json-object"},
		{"too deep", `{"a":` + deep + `}`, "tabular.json-deep"},
		{"NUL", "{\"a\":\"\x00\"}", "tabular.nul"},
		{"escaped NUL", `{"a":"\u0000"}`, "tabular.nul"},
		{"no UTF-8", "{\"a\":\"\xe9\"}", "tabular.bad-text"},
		{"half a surrogate pair", `{"a":"\ud800"}`, "tabular.json-surrogate"},
		{"a key twice", `{"a":1,"a":2}`, "tabular.json-key"},
		{"too long", `{"a":"` + strings.Repeat("x", 5000) + `"}`, "tabular.record-too-long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := `{"a":0}` + "\n" + c.bad + "\n" + `{"a":"é"}` + "\n"
			got := readAll(t, strings.NewReader(in), tabular.Options{MaxRecord: 4096})
			if !reflect.DeepEqual(got.rows, [][]string{{"0"}, {"é"}}) || !reflect.DeepEqual(got.lines, []int64{1, 3}) {
				t.Errorf("%q at %v", got.rows, got.lines)
			}
			if len(got.problems) != 1 || got.problems[0].Line != 2 || key(got.problems[0]) != c.want {
				t.Errorf("problems %v", got.problems)
			}
		})
	}
	got := readAll(t, strings.NewReader(`{"a":"\ufffd\n"}`), tabular.Options{})
	if len(got.problems) > 0 || got.rows[0][0] != "\uFFFD\n" {
		t.Errorf("a replacement character that was written: %q %v", got.rows, got.problems)
	}
}

func TestJSONArrays(t *testing.T) {
	// What is wrong comes after what Open looks at.
	before := "[" + strings.Repeat(`{"a":0},`, 1000)
	for _, c := range []struct {
		name, in string
		rows     int // beyond the thousand
		problems int
		err      string
	}{
		{"a bad value", before + `{"a":1},{"a" 2},{"a":3}]`, 2, 1, ""},
		{"no object in it", before + `{"a":1},7,"x",[{}],{"a":3}]`, 2, 3, ""},
		{"too long a value", before + `{"a":1},{"a":"` + strings.Repeat("x", 600_000) + `"},{"a":3}]`, 2, 1, ""},
		{"cut off in a value", before + `{"a":1},{"a":`, 1, 1, "tabular.json-cut"},
		{"cut off behind a value", before + `{"a":1},{"a":2}`, 2, 0, "tabular.json-cut"},
		{"no comma", before + `{"a":1} {"a":2}]`, 1, 0, "tabular.json-broken"},
		{"a comma too many", before + `{"a":1},]`, 1, 0, "tabular.json-broken"},
		{"something behind it", before + `{"a":1}] {"a":2}`, 1, 0, "tabular.json-broken"},
		{"empty", `[]`, -1000, 0, "tabular.empty"},
		{"empty objects", `[{},{}]`, -1000, 0, "tabular.empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := tryRead(strings.NewReader(c.in), tabular.Options{MaxRecord: 16 << 10})
			if len(got.rows) != 1000+c.rows || len(got.problems) != c.problems {
				t.Errorf("%d rows, problems %v", len(got.rows), got.problems)
			}
			if c.err == "" && err != nil || c.err != "" && key(err) != c.err {
				t.Errorf("error %v, want %s", err, c.err)
			}
		})
	}
	if _, err := tryRead(strings.NewReader(`[{"a":1} {"a":2}]`), tabular.Options{}); key(err) != "tabular.json-broken" {
		t.Errorf("broken within what Open reads: %v", err)
	}
}

func TestNotAnObjectAtAll(t *testing.T) {
	_, err := tryRead(strings.NewReader("hello\nworld\n"), tabular.Options{Name: "x.jsonl"})
	if key(err) != "tabular.json" {
		t.Error(err)
	}
}

func FuzzJSONL(f *testing.F) {
	for _, s := range []string{
		`{"a":1}`, "{\"a\":1}\r\n{\"b\":[{}]}", `[{"a":"\ud83d\ude00"},{}]`, "{\n\"a\": 1\n}\n{}", `[[],"x",1,null]`, `{"a":1}{"b":2}`,
		`{"":1,"a":{"b":[1,2,"}"]}}`, "[{\"a\":\"\\\"]\"}\n,\n{\"a\":2}]", `[`, `{`, `["`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		o := tabular.Options{Format: tabular.JSONL, MaxRecord: 1 << 12, Encoding: tabular.UTF8}
		rd, _, err := tabular.Open(bytes.NewReader(in), o)
		if err != nil {
			if pollen.KindOf(err) != pollen.Invalid {
				t.Fatalf("not one clear error: %v", err)
			}
			return
		}
		var rec tabular.Record
		for n := 0; ; n++ {
			if n > len(in) {
				t.Fatal("more records than bytes")
			}
			err := rd.Next(&rec)
			if _, ok := errors.AsType[*tabular.Problem](err); ok {
				continue
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				if pollen.KindOf(err) != pollen.Invalid {
					t.Fatalf("not one clear error: %v", err)
				}
				return
			}
			for i, c := range rec.Cells {
				if c.JSON != nil && !json.Valid(c.JSON) {
					t.Fatalf("column %q holds %q", rd.Columns()[i], c.JSON)
				}
				var s string
				if json.Unmarshal(c.JSON, &s) == nil && c.JSON[0] == '"' && s != c.Text {
					t.Fatalf("%q is said to be %q", c.JSON, c.Text)
				}
			}
		}
	})
}

func BenchmarkJSONLRead(b *testing.B) {
	in := strings.Repeat(`{"id":1234567,"name":"Mairie de Saint-Étienne","town":"Saint-Étienne","postcode":"42000","lat":45.4397,"tags":["a","b"]}`+"\n", 50_000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		rd, _, err := tabular.Open(strings.NewReader(in), tabular.Options{})
		if err != nil {
			b.Fatal(err)
		}
		var rec tabular.Record
		for err == nil {
			err = rd.Next(&rec)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}
