package sample_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/app/sample"
	"pollen/internal/pure/schema"
)

func TestPersonasAreInTheDirectory(t *testing.T) {
	people := map[string]map[string]any{}
	for _, r := range rows(t, collection(t, pollen.People)) {
		people[r.key] = r.values
	}
	handles, tries := map[string]bool{}, 0
	for _, p := range sample.Personas() {
		e := people[p.Entry]
		if e == nil || p.Name != e["given_name"].(string)+" "+e["family_name"].(string) || p.Email != e["email"] {
			t.Errorf("%+v is not the entry %v", p, e)
		}
		if handles[p.Handle] {
			t.Errorf("two personas are called %s", p.Handle)
		}
		handles[p.Handle] = true
		if p.Try != nil {
			tries++
			if p.Try["fr"] == "" || p.Try["en"] == "" {
				t.Errorf("what to try as %s is not told in both languages", p.Handle)
			}
		}
	}
	if tries != 4 {
		t.Errorf("%d personas are worth trying, want 4", tries)
	}
}

// replay does what an instance would: it refuses a step that cannot be done.
type replay struct {
	t           *testing.T
	env         *schema.Env
	collections map[string]sample.Collection
	live        map[string]bool // collection/key
	members     map[string]map[string]bool
	done        map[string]sample.Step
}

func TestLifeCanBeReplayed(t *testing.T) {
	steps, err := sample.Life()
	if err != nil {
		t.Fatal(err)
	}
	r := &replay{t: t, env: entries(t), collections: map[string]sample.Collection{}, live: map[string]bool{}, members: map[string]map[string]bool{}, done: map[string]sample.Step{}}
	for _, c := range sample.Collections() {
		r.collections[c.Slug] = c
		for _, row := range rows(t, c) {
			r.live[c.Slug+"/"+row.key] = true
		}
	}
	personas := map[string]bool{}
	for _, p := range sample.Personas() {
		personas[p.Handle] = true
	}
	kinds, before := map[sample.Action]int{}, steps[0].Ago
	for i, s := range steps {
		if !personas[s.As] {
			t.Errorf("step %d: %s is no persona", i, s.As)
		}
		if s.Ago > before || s.Ago <= 0 {
			t.Errorf("step %d: %v ago, after one %v ago", i, s.Ago, before)
		}
		before = s.Ago
		for _, m := range mention.FindAllStringSubmatch(s.Body, -1) {
			if !personas[strings.TrimRight(m[1], ".")] {
				t.Errorf("step %d mentions %s, who is no persona", i, m[1])
			}
		}
		kinds[s.Do]++
		r.step(i, s)
		if s.ID != "" {
			if _, twice := r.done[s.ID]; twice {
				t.Errorf("step %d: another is called %s", i, s.ID)
			}
			r.done[s.ID] = s
		}
	}
	for _, a := range []sample.Action{sample.Found, sample.Join, sample.Create, sample.Revise, sample.Revert, sample.Retire, sample.Ask, sample.Answer, sample.Comment, sample.Help, sample.Thank} {
		if kinds[a] == 0 {
			t.Errorf("nobody does %s", a)
		}
	}
	if steps[0].Ago > 60*24*time.Hour {
		t.Errorf("life began %v ago; it is to be recent", steps[0].Ago)
	}
}

var mention = regexp.MustCompile(`@([a-z0-9][a-z0-9.-]*)`)

func (r *replay) step(i int, s sample.Step) {
	r.t.Helper()
	entry := s.Collection + "/" + s.Entry
	onEntry := s.Do != sample.Found && s.Do != sample.Join && s.Do != sample.Create && s.Do != sample.Help && s.Do != sample.Thank
	if onEntry && !r.live[entry] {
		r.t.Errorf("step %d: %s %s, which is not there then", i, s.Do, entry)
		return
	}
	switch s.Do {
	case sample.Found:
		if r.members[s.Community] != nil || s.Name["fr"] == "" || s.Name["en"] == "" || s.Body == "" {
			r.t.Errorf("step %d cannot found %s", i, s.Community)
		}
		r.members[s.Community] = map[string]bool{s.As: true}
	case sample.Join:
		if r.members[s.Community] == nil || r.members[s.Community][s.As] {
			r.t.Errorf("step %d: %s cannot join %s", i, s.As, s.Community)
			return
		}
		r.members[s.Community][s.As] = true
	case sample.Create:
		c := r.collections[s.Collection]
		if r.live[entry] || s.Values[c.Schema.Key] != s.Entry {
			r.t.Errorf("step %d cannot create %s with %v", i, entry, s.Values)
		}
		r.live[entry] = true
		r.values(i, s)
	case sample.Revise:
		if len(s.Values) == 0 && s.Body == "" {
			r.t.Errorf("step %d changes nothing", i)
		}
		r.values(i, s)
	case sample.Revert:
		if was, ok := r.done[s.Re]; !ok || was.Do != sample.Revise || was.Collection != s.Collection || was.Entry != s.Entry {
			r.t.Errorf("step %d reverts %q, which is no revision of %s", i, s.Re, entry)
		}
	case sample.Retire:
		delete(r.live, entry)
	case sample.Ask, sample.Comment, sample.Answer:
		r.talk(i, s)
	case sample.Help:
		if was, ok := r.done[s.Re]; !ok || was.Do != sample.Answer || r.done[was.Re].As != s.As {
			r.t.Errorf("step %d: %q is no answer to a question of %s", i, s.Re, s.As)
		}
	case sample.Thank:
		if was, ok := r.done[s.Re]; !ok || was.As == s.As {
			r.t.Errorf("step %d thanks for %q, which nobody else did", i, s.Re)
		}
	default:
		r.t.Errorf("step %d: %q is no action", i, s.Do)
	}
}

func (r *replay) talk(i int, s sample.Step) {
	r.t.Helper()
	c := r.collections[s.Collection]
	if s.Body == "" || s.Field != "" && c.Schema.Field(s.Field) == nil {
		r.t.Errorf("step %d says %q on the field %q", i, s.Body, s.Field)
	}
	if s.Do != sample.Answer {
		return
	}
	if q, ok := r.done[s.Re]; !ok || q.Do != sample.Ask || q.Collection != s.Collection || q.Entry != s.Entry || q.Field != s.Field {
		r.t.Errorf("step %d answers %q, which nobody asked there", i, s.Re)
	}
}

func (r *replay) values(i int, s sample.Step) {
	r.t.Helper()
	c := r.collections[s.Collection]
	for name, v := range s.Values {
		f := c.Schema.Field(name)
		if f == nil {
			r.t.Errorf("step %d: %s has no field %s", i, s.Collection, name)
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			r.t.Fatal(err)
		}
		read, err := f.FromJSON(raw, r.env)
		if err != nil {
			r.t.Errorf("step %d: %v", i, err)
		}
		if f.Type == schema.Phone && read != nil && !fiction.MatchString(strings.Trim(string(read), `"`)) {
			r.t.Errorf("step %d: %s is not kept for fiction", i, read)
		}
		if f.Type == schema.Email && !strings.HasSuffix(strings.Trim(string(read), `"`), ".example") {
			r.t.Errorf("step %d: %s does not end in .example", i, read)
		}
	}
	for _, f := range c.Schema.Fields {
		if v, given := s.Values[f.Name]; f.Required && v == nil && (given || s.Do == sample.Create) {
			r.t.Errorf("step %d leaves %s empty", i, f.Name)
		}
	}
}
