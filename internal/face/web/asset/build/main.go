// Command build makes the style sheet and the script of the components from
// their sources in asset/src: bundled and minified into asset/files, which is
// committed, so that building Pollen needs neither Node nor a network. It runs
// in the folder of package asset: go generate ./internal/face/web/asset.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	outputs, err := build("src")
	for name, content := range outputs {
		err = errors.Join(err, os.WriteFile(filepath.Join("files", name), content, 0o644))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// build makes part.js and part.css of the sources in a folder.
func build(folder string) (map[string][]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: filepath.Join(folder, "main.ts"), OutputPath: "part"},
			{InputPath: filepath.Join(folder, "part.css"), OutputPath: "part"},
		},
		Outdir:            "files",
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LineLimit:         160, // so that two changes of the sources merge here too
		Format:            api.FormatIIFE,
		Target:            api.ES2022,
		// Nesting and light-dark() go through as they are written: the style
		// sheets beside this one use them too.
		Supported:     map[string]bool{"nesting": true},
		LegalComments: api.LegalCommentsNone,
		Charset:       api.CharsetUTF8,
		LogLevel:      api.LogLevelSilent,
	})
	var err error
	for _, m := range result.Errors {
		err = errors.Join(err, errors.New(m.Text))
		if m.Location != nil {
			err = errors.Join(err, fmt.Errorf("at %s:%d", m.Location.File, m.Location.Line))
		}
	}
	if err != nil {
		return nil, err
	}
	outputs := map[string][]byte{}
	for _, f := range result.OutputFiles {
		outputs[filepath.Base(f.Path)] = f.Contents
	}
	return outputs, nil
}
