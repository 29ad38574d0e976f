package tabular

import (
	"strconv"
	"strings"
)

// wantHeader decides whether the first of rows names the columns.
func wantHeader(mode HeaderMode, rows [][]string) bool {
	switch mode {
	case HeaderYes:
		return true
	case HeaderNo:
		return false
	}
	return looksLikeHeader(rows)
}

// looksLikeHeader compares the first row with those below it, column by column:
// a name differs in kind from the values under it. A table of words with no sign
// either way is taken to have a header, as most do.
func looksLikeHeader(rows [][]string) bool {
	first, body := rows[0], rows[1:]
	score := 0.0
	seen := map[string]int{}
	for c, name := range first {
		name = strings.TrimSpace(name)
		if before, again := seen[name]; again && name != "" && (len(body) == 0 || alike(body, before, c)) {
			score--
		}
		seen[name] = c
		score += columnVote(name, profileOf(body, c))
	}
	return score >= 0
}

// alike reports whether two columns hold the same in some row: then their first row,
// which does, too, is one of those rather than a header that names both alike.
func alike(rows [][]string, a, b int) bool {
	for _, row := range rows {
		if max(a, b) < len(row) && strings.TrimSpace(row[a]) != "" && strings.TrimSpace(row[a]) == strings.TrimSpace(row[b]) {
			return true
		}
	}
	return false
}

// columnVote is above 0 when name looks like the name of a column with this
// profile, below 0 when it looks like one of its values.
func columnVote(name string, p profile) float64 {
	k := kindOf(name)
	switch {
	case k == emptyKind:
		return -0.5
	case k == nullKind:
		return -3
	case k == wordKind && p.filled == 0:
		return 0
	case k == wordKind && p.kind != wordKind:
		return 2
	case k == wordKind:
		return wordVote(name, p)
	case k == numberKind && year(name) && (p.kind != numberKind || !p.years):
		return 0 // a column for each year
	case k == p.kind || p.filled == 0:
		return -2
	}
	return -1
}

// wordVote compares a word with words: codes of one length, repeated values.
func wordVote(name string, p profile) float64 {
	switch {
	case p.values[name] > 1:
		return -2
	case p.values[name] == 1: // "English" heads a column of names of languages
		return -0.5
	case p.filled >= 3 && p.length > 0 && len(name) == p.length:
		return -1
	case p.filled >= 3 && p.length > 0:
		return 1
	case p.filled >= 3 && p.spaced > 0.8 && !strings.ContainsRune(name, ' '):
		return 0.5
	}
	return 0
}

// cellKind is what a cell looks like.
type cellKind int

const (
	wordKind cellKind = iota
	emptyKind
	nullKind
	numberKind
	dateKind
	addressKind // e-mail, URL
)

// profile is what the cells of one column have in common.
type profile struct {
	filled int
	kind   cellKind // of at least four fifths of them, else wordKind
	length int      // of at least nine tenths of them in bytes, else 0
	years  bool
	spaced float64 // share of cells with a space in them
	values map[string]int
}

func profileOf(rows [][]string, c int) profile {
	p := profile{years: true, values: map[string]int{}}
	kinds := map[cellKind]int{}
	lengths := map[int]int{}
	spaced := 0
	for _, row := range rows {
		if c >= len(row) {
			continue
		}
		v := strings.TrimSpace(row[c])
		k := kindOf(v)
		if k == emptyKind || k == nullKind {
			continue
		}
		p.filled++
		kinds[k]++
		lengths[len(v)]++
		p.years = p.years && year(v)
		p.values[v]++
		if strings.ContainsRune(v, ' ') {
			spaced++
		}
	}
	for k, n := range kinds {
		if n*5 >= p.filled*4 {
			p.kind = k
		}
	}
	for l, n := range lengths {
		if n*10 >= p.filled*9 && l <= 40 {
			p.length = l
		}
	}
	if p.filled > 0 {
		p.spaced = float64(spaced) / float64(p.filled)
	}
	return p
}

func kindOf(s string) cellKind {
	switch {
	case s == "":
		return emptyKind
	case s == `\N` || s == "NULL" || s == "NA" || s == "N/A":
		return nullKind
	case numeric(s):
		return numberKind
	case dateLike(s):
		return dateKind
	case strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"),
		!strings.ContainsRune(s, ' ') && strings.IndexByte(s, '@') > 0:
		return addressKind
	}
	return wordKind
}

// numeric accepts numbers as people write them: grouped, with a comma, a sign,
// an exponent or a per cent sign.
func numeric(s string) bool {
	s = strings.TrimSuffix(strings.TrimLeft(s, "+-"), "%")
	digits, exponent := 0, false
	for i, c := range s {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c == '.' || c == ',' || c == ' ' || c == '\u00A0' || c == '\u202F' || c == '\'':
		case (c == 'e' || c == 'E') && digits > 0 && !exponent && i+1 < len(s):
			exponent = true
		case (c == '-' || c == '+') && exponent && (s[i-1] == 'e' || s[i-1] == 'E'):
		default:
			return false
		}
	}
	return digits > 0
}

func year(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1800 && n <= 2100
}

// dateLike accepts digits in two or three groups, parted as in dates and times.
func dateLike(s string) bool {
	groups, marks := 0, 0
	wasDigit := false
	for _, c := range s {
		isDigit := '0' <= c && c <= '9'
		if isDigit && !wasDigit {
			groups++
		}
		switch c {
		case '-', '/', ':':
			marks++
		case 'T', 'Z', '.', ' ', '+':
		default:
			if !isDigit {
				return false
			}
		}
		wasDigit = isDigit
	}
	return groups >= 2 && marks >= 1
}

// columnName names a column without a name; the first is 0.
func columnName(i int) string { return "column_" + strconv.Itoa(i+1) }

// uniqueNames makes names of columns out of cells: white space around and in
// them reduced, empty ones numbered, repeated ones followed by a number.
func uniqueNames(cells []string) []string {
	names := make([]string, len(cells))
	taken := make(map[string]bool, len(cells))
	for i, c := range cells {
		names[i] = strings.Join(strings.Fields(c), " ")
		taken[names[i]] = true
	}
	used := make(map[string]bool, len(cells))
	last := map[string]int{} // the number that a repeated name got last
	for i, name := range names {
		if name == "" {
			name = columnName(i)
		}
		base := name
		for n := max(last[base]+1, 2); used[name] || name != names[i] && taken[name]; n++ {
			name = base + "_" + strconv.Itoa(n)
			last[base] = n
		}
		names[i] = name
		used[name] = true
	}
	return names
}
