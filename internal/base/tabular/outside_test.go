package tabular_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/tabular"
)

// counts of rows that are known, by the end of the path.
var knownRows = map[string]int{
	"openflights/data/airports.dat":                            7698,
	"openflights/data/routes.dat":                              67663,
	"openflights/data/airlines.dat":                            6162,
	"openflights/data/planes.dat":                              246,
	"openflights/data/countries.dat":                           261,
	"tate/artist_data.csv":                                     3532,
	"university-domains/world_universities_and_domains.json":   10251,
	"congress-legislators/gh-pages/legislators-current.csv":    537,
	"congress-legislators/gh-pages/legislators-historical.csv": 12230,
	"datasets-language-codes/data/language-codes.csv":          183,
	"datasets-country-codes/data/country-codes.csv":            249,
	"nosdeputes/batch/depute/static/circo_insee_2012.csv":      36331,
	"dada-france-authorities/emails_valide0.csv":               5000,
	"openregister-country/lists/gpc/gpc.csv":                   250, // and one row that is no Windows-1252
}

// TestOutsideData reads every table below the folder that POLLEN_TEST_DATA
// names: no panic, only clear errors, and the known counts.
func TestOutsideData(t *testing.T) {
	root := os.Getenv("POLLEN_TEST_DATA")
	if root == "" {
		t.Skip("POLLEN_TEST_DATA names no folder of outside data")
	}
	postal := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".csv", ".tsv", ".dat", ".xlsx", ".jsonl", ".json":
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			n, _ := readOutside(t, rel, f)
			if want, known := knownRows[filepath.ToSlash(rel)]; known && n != want {
				t.Errorf("%s: %d rows, want %d", rel, n, want)
			}
			return f.Close()
		case ".zip":
			n, err := readZipped(t, path)
			postal += n
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if postal != 0 && postal != 1_201_340 {
		t.Errorf("the postal codes have %d rows, want 1201340", postal)
	}
}

func readOutside(t *testing.T, name string, r io.Reader) (rows, problems int) {
	t.Helper()
	rd, d, err := tabular.Open(r, tabular.Options{Name: name, TempDir: t.TempDir()})
	if err != nil {
		if pollen.KindOf(err) != pollen.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%-70s REFUSED %v", name, err)
		return 0, 0
	}
	defer func() {
		if err := rd.Close(); err != nil {
			t.Error(err)
		}
	}()
	var rec tabular.Record
	var first error
	for {
		err := rd.Next(&rec)
		if err == io.EOF {
			break
		}
		if p, ok := errors.AsType[*tabular.Problem](err); ok {
			problems++
			if first == nil {
				first = p
			}
			continue
		}
		if err != nil {
			t.Logf("%s: %v", name, err)
			break
		}
		rows++
	}
	cols := rd.Columns()
	t.Logf("%-70s %s %s %q %q header=%v null=%q sheet=%q cols=%d rows=%d problems=%d %.100q first=%v", name, d.Format, d.Encoding,
		d.Delimiter, d.Quote, d.Header, d.Null, d.Sheet, len(cols), rows, problems, strings.Join(cols, ","), first)
	return rows, problems
}

func readZipped(t *testing.T, path string) (int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return 0, nil // some archives are damaged on purpose
	}
	n := 0
	for _, f := range zr.File {
		if filepath.Ext(f.Name) != ".csv" && filepath.Ext(f.Name) != ".json" {
			continue
		}
		rc, err := f.Open()
		if err != nil {
			return n, err
		}
		rows, problems := readOutside(t, path+":"+f.Name, rc)
		if problems > 0 {
			t.Logf("%s: %d problems", f.Name, problems)
		}
		if filepath.Ext(f.Name) == ".csv" {
			n += rows
		}
		if err := rc.Close(); err != nil {
			return n, err
		}
	}
	return n, nil
}
