package i18n

import (
	_ "embed"
	"strings"
	"sync"
)

// languageTable holds one language a line, tab-separated: tag, its own name,
// its English name, its French name. The names are those of the Unicode CLDR
// 48.2.0 (Unicode licence v3), written by languages.mjs.
//
//go:embed languages.tsv
var languageTable string

// names are those of one language.
type names struct{ own, english, french string }

var languages = sync.OnceValue(func() map[string]names {
	table := make(map[string]names, strings.Count(languageTable, "\n"))
	for line := range strings.Lines(languageTable) {
		if c := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(c) == 4 {
			table[c[0]] = names{c[1], c[2], c[3]}
		}
	}
	return table
})

// LanguageName is the name of the language of a canonical BCP 47 tag, as the
// locale calls it: "Breton" or "breton" for br. A subtag that the table does
// not know stands in parentheses; an unknown language is named by its tag.
func (l *Locale) LanguageName(tag string) string {
	return longest(tag, func(n names) string {
		if l.tag == "fr" {
			return n.french
		}
		return n.english
	})
}

func longest(tag string, name func(names) string) string {
	table := languages()
	for t := tag; ; {
		if n, ok := table[t]; ok {
			if t == tag {
				return name(n)
			}
			return name(n) + " (" + tag[len(t)+1:] + ")"
		}
		i := strings.LastIndexByte(t, '-')
		if i < 0 {
			return tag
		}
		t = t[:i]
	}
}
