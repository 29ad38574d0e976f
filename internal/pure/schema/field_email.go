package schema

import (
	"encoding/json"
	"net/mail"
	"strings"
)

// emailKind is an address: RFC 5322 addr-spec without display name, its domain
// in lower case.
type emailKind struct{ asText }

func (emailKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	t := strings.TrimPrefix(s, "mailto:")
	a, err := mail.ParseAddress(t)
	if err != nil || a.Name != "" || a.Address != t || len(t) > 254 { // RFC 5321 §4.5.3.1.3
		return nil, bad(f, s, "ana@example.org")
	}
	local, domain, ok := strings.Cut(t, "@")
	if !ok || strings.ContainsAny(local, " \"") || !strings.Contains(domain, ".") {
		return nil, bad(f, s, "ana@example.org")
	}
	return quote(local + "@" + strings.ToLower(domain)), nil
}

func (emailKind) words(_ *Field, v json.RawMessage) []Word {
	return []Word{{Text: str(v), Exact: true}}
}
