package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Action is what a step does.
type Action string

// The actions. Which parts of a step they read is said beside them, besides
// As and Ago, which all read; Note is free on those that write an entry.
const (
	Found   Action = "found"   // a community, open to all: Community, Name, Body (its purpose)
	Join    Action = "join"    // Community
	Create  Action = "create"  // an entry: Collection, Entry (its key, also in Values), Values, Body
	Revise  Action = "revise"  // Collection, Entry, Values (null removes), Body where it changes
	Revert  Action = "revert"  // Collection, Entry: back to the revision before the step Re
	Retire  Action = "retire"  // Collection, Entry
	Ask     Action = "ask"     // on an entry: Collection, Entry, Field if on one value, Body
	Answer  Action = "answer"  // as Ask; Re is the step that asked
	Comment Action = "comment" // as Ask
	Help    Action = "help"    // the asker says that the answer Re helped
	Thank   Action = "thank"   // for the step Re, with Note or without
)

// Step is one act of a sample persona. Values are written as by
// [Collection.Rows], and telephone numbers also as people type them. A Body
// mentions a persona as @handle.
type Step struct {
	ID         string            // names the step for the Re of later ones
	As         string            // handle of a persona
	Ago        time.Duration     // how long before now
	Do         Action            // what
	Community  string            // slug
	Name       map[string]string // by BCP 47 tag
	Collection string            // slug
	Entry      string            // key
	Field      string            // name
	Values     map[string]any
	Body       string // Markdown
	Note       string
	Re         string // ID of an earlier step
}

// Life lists what happened in the sample community, the earliest first. Every
// step can be done by its persona, through the product's own operations, in
// this order.
func Life() ([]Step, error) {
	b, err := files.ReadFile("data/life.json")
	if err != nil {
		return nil, err
	}
	var steps []Step
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(&steps); err != nil {
		return nil, fmt.Errorf("sample life: %w", err)
	}
	return steps, nil
}

// UnmarshalJSON reads a step as life.json writes it: each part in lower case
// under its name, ago as [time.ParseDuration] reads it ("26h").
func (s *Step) UnmarshalJSON(b []byte) error {
	var raw struct {
		ID         string            `json:"id"`
		As         string            `json:"as"`
		Ago        string            `json:"ago"`
		Do         Action            `json:"do"`
		Community  string            `json:"community"`
		Name       map[string]string `json:"name"`
		Collection string            `json:"collection"`
		Entry      string            `json:"entry"`
		Field      string            `json:"field"`
		Values     map[string]any    `json:"values"`
		Body       string            `json:"body"`
		Note       string            `json:"note"`
		Re         string            `json:"re"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(&raw); err != nil {
		return err
	}
	ago, err := time.ParseDuration(raw.Ago)
	if err != nil {
		return err
	}
	*s = Step{raw.ID, raw.As, ago, raw.Do, raw.Community, raw.Name, raw.Collection, raw.Entry, raw.Field, raw.Values, raw.Body, raw.Note, raw.Re}
	return nil
}

// Persona is one who acts in the sample: a named persona, linked to its entry
// in people.
type Persona struct {
	Handle   string
	Name     string
	Email    string // of its account: it signs in with a link to there
	Entry    string // key in people
	Language string // BCP 47
	// Try says what to try as this persona, by BCP 47 tag; only those whose
	// sign-in link is worth printing have it.
	Try map[string]string
}

// Personas lists who acts in the sample, those worth trying first.
func Personas() []Persona {
	return []Persona{
		{"anais.kerbrat", "Anaïs Kerbrat", "a.kerbrat@lisiere.example", "L0020", "fr",
			both("Tient les référentiels : cherchez, corrigez une fiche sur place, importez un fichier, annulez-le.",
				"Keeps the reference data: search, correct an entry in place, import a file, undo it.")},
		{"malik.benhaddou", "Malik Benhaddou", "m.benhaddou@lisiere.example", "L0012", "fr",
			both("Connaît tout le monde : réparez les quinze téléphones qui sonnent encore dans l’agence fermée de Die.",
				"Knows everyone: mend the telephones that still ring in the closed branch of Die.")},
		{"yasmina.attoumani", "Yasmina Attoumani", "y.attoumani@lisiere.example", "L0028", "fr",
			both("Vient d’arriver : lisez la réponse à sa question, demandez autre chose, complétez sa fiche.",
				"Has just arrived: read the answer to her question, ask another, complete her entry.")},
		{"kwabena.asante.morel", "Kwabena Asante-Morel", "k.asante-morel@lisiere.example", "L0015", "en",
			both("Lit Pollen en anglais et parle aux machines : faites un jeton d’API, exportez, comparez deux révisions.",
				"Reads Pollen in English and talks to machines: make an API token, export, compare two revisions.")},
		{"odile.ramanantsoa", "Odile Ramanantsoa", "o.ramanantsoa@lisiere.example", "L0003", "fr", nil},
		{"solene.vautrin", "Solène Vautrin", "s.vautrin@lisiere.example", "L0021", "fr", nil},
		{"hugo.perrachon", "Hugo Perrachon", "h.perrachon@lisiere.example", "L0025", "fr", nil},
		{"lukasz.wielgosz", "Łukasz Wielgosz", "l.wielgosz@lisiere.example", "L0026", "fr", nil},
		{"ines.delacroix.ndiaye", "Inès Delacroix-Ndiaye", "i.delacroix-ndiaye@lisiere.example", "L0007", "fr", nil},
		{"jean.baptiste.le.goic", "Jean-Baptiste Le Goïc", "jb.le-goic@lisiere.example", "L0023", "fr", nil},
		{"chantal.tessandier", "Chantal Tessandier", "c.tessandier@lisiere.example", "L0029", "fr", nil},
		{"lan.anh.pasquier", "Lan Anh Pasquier", "l.pasquier@lisiere.example", "L0013", "fr", nil},
		{"melusine.prat.hoang", "Mélusine Prat-Hoang", "m.prat-hoang@lisiere.example", "L0027", "fr", nil},
	}
}
