// Command make writes the data files of package sample that are derived: the
// administrative divisions, countries and languages from the npm packages that
// NOTICE.md names, and the invented people from the lists beside this file.
//
// It writes the same bytes each time it is given the same packages.
//
//	go run ./make [-npm DIR/node_modules] [-data DIR]
//
// Without -npm it makes the people alone.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	npm := flag.String("npm", "", "the node_modules folder that holds the packages of NOTICE.md")
	data := flag.String("data", "data", "the folder to write to")
	flag.Parse()
	if err := run(*npm, *data); err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}

// run makes every file that its sources are given for.
func run(npm, data string) error {
	if npm != "" {
		if err := divisions(npm, data); err != nil {
			return err
		}
		if err := world(npm, data); err != nil {
			return err
		}
	}
	directory, err := people(data)
	if err != nil {
		return err
	}
	lines, err := jsonl(directory)
	if err != nil {
		return err
	}
	return write(filepath.Join(data, "people.jsonl"), lines)
}

// read reads one JSON file of an npm package.
func read(npm, path string, into any) error {
	b, err := os.ReadFile(filepath.Join(npm, path))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// pack writes rows as compressed JSON lines.
func pack[T any](data, name string, rows []T) error {
	lines, err := jsonl(rows)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(lines); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return write(filepath.Join(data, name+".jsonl.gz"), b.Bytes())
}

// jsonl writes one row a line.
func jsonl[T any](rows []T) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, row := range rows {
		if err := e.Encode(row); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

func write(path string, b []byte) error {
	fmt.Printf("%9d bytes  %s\n", len(b), path)
	return os.WriteFile(path, b, 0o644)
}
