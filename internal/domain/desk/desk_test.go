package desk_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// patience bounds waiting for what is under way. It is no expectation of speed.
const patience = time.Minute

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

type world struct {
	*pollentest.World
	t   *testing.T
	x   *transfer.Transfer
	ana pollen.Actor
}

func newWorld(t *testing.T) *world {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudienceMembers, schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
		{Name: "code", Type: schema.Code, Unique: true, Indexed: true}, {Name: "name", Type: schema.Text},
	}})
	return &world{World: w, t: t, x: transfer.New(w.DB, w.Registry, w.Personas), ana: w.Actor("Ana")}
}

// count counts rows of a table.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	err := w.DB.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Get(query, args, &n)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// desk is a desk that closes with the test.
func (w *world) desk() *desk.Desk {
	k := desk.New(w.DB, w.x, slog.Default(), w.Again)
	w.t.Cleanup(k.Close)
	return k
}

func (w *world) receive(k *desk.Desk, collection, name, text string) *desk.Draft {
	w.t.Helper()
	return must(k.Receive(w.t.Context(), w.ana, collection, name, strings.NewReader(text)))(w.t)
}

// look looks at a draft and waits for what comes of it.
func (w *world) look(k *desk.Desk, id desk.DraftID, s desk.Settings) *desk.Draft {
	w.t.Helper()
	if err := k.Look(w.t.Context(), w.ana, id, s); err != nil {
		w.t.Fatal(err)
	}
	k.Wait(w.t.Context(), id, patience)
	return must(k.Draft(w.t.Context(), w.ana, id))(w.t)
}

func (w *world) carry(k *desk.Desk, id desk.DraftID) *desk.Draft {
	w.t.Helper()
	if err := k.Carry(w.t.Context(), w.ana, id); err != nil {
		w.t.Fatal(err)
	}
	k.Wait(w.t.Context(), id, patience)
	return must(k.Draft(w.t.Context(), w.ana, id))(w.t)
}

func TestAFileBecomesACollectionStepByStep(t *testing.T) {
	w := newWorld(t)
	k := w.desk()
	d := w.receive(k, "", "suppliers.csv", "code;name;phone\nA1;One;01 99 00 12 34\nA2;Two;\nA1;Again;\n")
	if d.State != desk.DraftReady || d.Size == 0 {
		t.Fatalf("%+v", d)
	}
	d = w.look(k, d.ID, desk.Settings{Lang: "en", Create: &registry.NewCollection{Slug: "suppliers", Community: w.Commons.ID, Name: map[string]string{"en": "Suppliers"}}})
	if d.State != desk.DraftReady || d.Look.Problem != nil || d.Look.Detected.Delimiter != ';' || len(d.Settings.Create.Schema.Fields) != 3 {
		t.Fatalf("%+v, %+v", d, d.Look)
	}
	if _, err := w.Registry.Collection(t.Context(), w.ana, "suppliers"); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("looking founded it: %v", err)
	}
	// The code stands twice, so that it was not proposed as key; told to be one,
	// the row that repeats it is refused.
	s := d.Settings
	s.Create.Schema.Field("code").Unique, s.Create.Schema.Key = true, "code"
	d = w.look(k, d.ID, s)
	if r := d.Look.Report; r == nil || r.Created != 2 || r.Refused != 1 || r.Bad[0].Line != 4 || d.Look.Reasons[0].Key != "transfer.repeated" {
		t.Fatalf("%+v", d.Look)
	}
	d = w.carry(k, d.ID)
	if d.State != desk.DraftEnded || d.Collection != "suppliers" || d.Look.Report.Created != 2 || d.Look.Report.Batch == 0 {
		t.Fatalf("%+v, %+v", d, d.Look)
	}
	var out bytes.Buffer
	if n := must(w.x.Refused(t.Context(), w.ana, d.Look.Report.Batch, &out, "csv", pollen.Message.String))(t); n != 1 || !strings.Contains(out.String(), "A1,Again,") {
		t.Errorf("%d\n%s", n, out.String())
	}
	if err := k.Carry(t.Context(), w.ana, d.ID); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("imported twice: %v", err)
	}
	if u := must(w.Registry.Undo(t.Context(), w.ana, d.Look.Report.Batch, ""))(t); u.Retired != 2 {
		t.Errorf("%+v", u)
	}
}

func TestADraftIsItsPersonasAlone(t *testing.T) {
	w := newWorld(t)
	k := w.desk()
	d := w.receive(k, "sites", "a.csv", "code,name\nA,One\n")
	bo := w.Actor("Bo")
	for name, err := range map[string]error{
		"look": k.Look(t.Context(), bo, d.ID, desk.Settings{}), "carry": k.Carry(t.Context(), bo, d.ID),
		"stop": k.Stop(t.Context(), bo, d.ID), "discard": k.Discard(t.Context(), bo, d.ID), "anybody": k.Discard(t.Context(), pollen.Actor{}, d.ID),
	} {
		if !pollen.Is(err, pollen.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.Receive(t.Context(), pollen.Actor{}, "sites", "a.csv", strings.NewReader("a")); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("a file of nobody: %v", err)
	}
	if all := must(k.Drafts(t.Context(), bo))(t); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	if err := k.Discard(t.Context(), w.ana, d.ID); err != nil {
		t.Error(err)
	}
	if _, err := k.Draft(t.Context(), w.ana, d.ID); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("it was put away: %v", err)
	}
}

func TestFilesThatWaitAreBounded(t *testing.T) {
	w := newWorld(t)
	k := w.desk()
	first := w.receive(k, "sites", "0.csv", "code,name\nA,One\n")
	for i := range desk.MaxDrafts {
		w.Clock.Advance(time.Minute)
		w.receive(k, "sites", fmt.Sprint(i+1, ".csv"), "code,name\nA,One\n")
	}
	all := must(k.Drafts(t.Context(), w.ana))(t)
	if len(all) != desk.MaxDrafts || all[0].File != "5.csv" {
		t.Errorf("%d drafts, %+v", len(all), all[0])
	}
	if _, err := k.Draft(t.Context(), w.ana, first.ID); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("the oldest makes room: %v", err)
	}
	for what, r := range map[string]io.Reader{"nothing": strings.NewReader(""), "too much": io.LimitReader(zeros{}, transfer.MaxFile+1)} {
		if _, err := k.Receive(t.Context(), w.ana, "sites", "x.csv", r); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.Clock.Advance(25 * time.Hour)
	if err := k.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := must(k.Drafts(t.Context(), w.ana))(t); len(all) != 0 {
		t.Errorf("after a day %d files wait", len(all))
	}
}

// A file that is in stays, also when those that made room for it cannot be removed
// at once.
func TestWhatMakesRoomTakesNothingAlong(t *testing.T) {
	w := newWorld(t)
	k := desk.New(w.DB, w.x, slog.New(slog.DiscardHandler), w.Again)
	t.Cleanup(k.Close)
	oldest := w.receive(k, "sites", "0.csv", "code,name\nA,One\n")
	err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`CREATE TABLE holds (draft_id BIGINT, n BIGINT, FOREIGN KEY (draft_id, n) REFERENCES import_pieces (draft_id, n))`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO holds (draft_id, n) VALUES ($1, 0)`, oldest.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range desk.MaxDrafts {
		w.Clock.Advance(time.Minute)
		w.receive(k, "sites", fmt.Sprint(i+1, ".csv"), "code,name\nA,One\n")
	}
	all := must(k.Drafts(t.Context(), w.ana))(t)
	if len(all) != desk.MaxDrafts || all[0].File != "5.csv" {
		t.Fatalf("%+v", all)
	}
	if d := w.look(k, all[0].ID, desk.Settings{}); d.Look.Problem != nil {
		t.Errorf("its file: %v", d.Look.Problem)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// stoppedImport leaves an import that was stopped in the middle, of so many rows
// as it takes on this machine.
func stoppedImport(t *testing.T) (w *world, d *desk.Draft, rows int64) {
	t.Helper()
	for rows = 12_000; rows < 1_000_000; rows *= 4 {
		var text strings.Builder
		text.WriteString("code,name\n")
		for i := range rows {
			fmt.Fprintf(&text, "S%d,Site %d\n", i, i)
		}
		w = newWorld(t)
		k := w.desk()
		d = w.look(k, w.receive(k, "sites", "s.csv", text.String()).ID, desk.Settings{})
		if err := k.Carry(t.Context(), w.ana, d.ID); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(time.Millisecond) {
			if all := must(w.Registry.Batches(t.Context(), w.ana, "sites", 1, ""))(t); len(all.Items) > 0 && all.Items[0].Position > 0 {
				break
			}
		}
		k.Close()
		d = must(w.desk().Draft(t.Context(), w.ana, d.ID))(t)
		if d.State == desk.DraftEnded {
			continue // it was over before it could be stopped
		}
		if !d.Stopped() || d.Busy() {
			t.Fatalf("%+v", d)
		}
		return w, d, rows
	}
	t.Fatal("no import could be stopped in the middle")
	return nil, nil, 0
}

// A process that ends in the middle leaves an import that another process goes
// on with, or undoes.
func TestAnImportThatWasStoppedGoesOnOrIsUndone(t *testing.T) {
	for _, goOn := range []bool{true, false} {
		t.Run(fmt.Sprint("on ", goOn), func(t *testing.T) {
			w, d, rows := stoppedImport(t)
			k := w.desk()
			if goOn {
				if d = w.carry(k, d.ID); d.State != desk.DraftEnded || d.Look.Report.Created != rows || !d.Look.Report.Resumed {
					t.Errorf("%+v, %+v", d, d.Look.Report)
				}
				return
			}
			if err := k.Discard(t.Context(), w.ana, d.ID); err != nil {
				t.Fatal(err)
			}
			if d = must(k.Draft(t.Context(), w.ana, d.ID))(t); d.State != desk.DraftEnded || !d.Look.Undone {
				t.Errorf("%+v", d)
			}
			if n := must(w.Registry.Count(t.Context(), w.ana, "sites", nil, 10))(t); n != 0 {
				t.Errorf("%d entries are left", n)
			}
		})
	}
}

// What is wrong with a file, or with what was said of it, is told, and can be put
// right.
func TestWhatIsWrongWithADraftIsTold(t *testing.T) {
	w := newWorld(t)
	k := w.desk()
	d := w.look(k, w.receive(k, "sites", "a.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00\x01", 400)).ID, desk.Settings{})
	if d.Look.Problem == nil || d.Look.Problem.Key == "error.internal" {
		t.Errorf("a picture: %+v", d.Look)
	}
	if err := k.Carry(t.Context(), w.ana, d.ID); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("it was imported: %v", err)
	}
	d = w.receive(k, "sites", "b.csv", "code,name,colour\nA,One,red\n")
	d = w.look(k, d.ID, desk.Settings{})
	if r := d.Look.Report; r == nil || r.Created != 1 || d.Settings.Options.Targets[2].Field != "" {
		t.Errorf("a column that fits nothing is left out until somebody says more: %+v", d.Look)
	}
	s := d.Settings
	s.Options.Targets[2].Field = "name"
	if d = w.look(k, d.ID, s); d.Look.Problem == nil || d.Look.Problem.Key != "transfer.twice" {
		t.Errorf("two columns for one field: %+v", d.Look)
	}
	d = w.receive(k, "", "c.csv", "code,name\nA,One\n")
	if d = w.look(k, d.ID, desk.Settings{Create: &registry.NewCollection{Slug: "sites", Community: w.Commons.ID, Name: map[string]string{"en": "x"}}}); d.Look.Problem == nil || d.Look.Problem.Key != "registry.slug-taken" {
		t.Errorf("an address that is taken: %+v", d.Look)
	}
}

// Two nodes over one database are two desks: of two clicks one wins.
func TestADraftIsImportedByOneNode(t *testing.T) {
	w := newWorld(t)
	one, two := w.desk(), w.desk()
	var text strings.Builder
	text.WriteString("code,name\n")
	const rows = 3000
	for i := range rows {
		fmt.Fprintf(&text, "S%d,Site %d\n", i, i)
	}
	d := w.look(one, w.receive(two, "sites", "s.csv", text.String()).ID, desk.Settings{})
	errs := make(chan error, 2)
	for _, k := range []*desk.Desk{one, two} {
		go func() { errs <- k.Carry(t.Context(), w.ana, d.ID) }()
	}
	if a, b := <-errs, <-errs; (a == nil) == (b == nil) || !pollen.Is(errors.Join(a, b), pollen.Conflict) {
		t.Fatalf("%v, %v", a, b)
	}
	one.Wait(t.Context(), d.ID, patience)
	two.Wait(t.Context(), d.ID, patience)
	if d = must(one.Draft(t.Context(), w.ana, d.ID))(t); d.State != desk.DraftEnded || d.Look.Report.Created != rows {
		t.Errorf("%+v, %+v", d, d.Look.Report)
	}
	if all := must(w.Registry.Batches(t.Context(), w.ana, "sites", 10, ""))(t); len(all.Items) != 1 {
		t.Errorf("%d batches", len(all.Items))
	}
}

func TestADraftIsLetGoOfByTheNodeThatIsAtIt(t *testing.T) {
	w := newWorld(t)
	one, two := w.desk(), w.desk()
	d := w.look(one, w.receive(one, "sites", "s.csv", "code,name\nA,One\n").ID, desk.Settings{})
	h := must(one.Hold(t.Context(), w.ana, d.ID))(t)
	goesOn := func(h *desk.Held, want bool) {
		t.Helper()
		if on := must(h.Beat(t.Context()))(t); on != want {
			t.Errorf("goes on: %t", on)
		}
	}
	goesOn(h, true)
	if err := two.Stop(t.Context(), w.ana, d.ID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"carry": two.Carry(t.Context(), w.ana, d.ID), "discard": two.Discard(t.Context(), w.ana, d.ID)} {
		if !pollen.Is(err, pollen.Conflict) {
			t.Errorf("%s while the other has not stopped: %v", name, err)
		}
	}
	goesOn(h, false)
	if err := h.End(t.Context(), desk.DraftRunning); err != nil {
		t.Fatal(err)
	}
	// A node that was taken for dead leaves alone what another has taken over.
	h = must(two.Hold(t.Context(), w.ana, d.ID))(t)
	w.Clock.Advance(time.Minute)
	if d = must(one.Draft(t.Context(), w.ana, d.ID))(t); !d.Stopped() {
		t.Fatalf("%+v", d)
	}
	next := must(one.Hold(t.Context(), w.ana, d.ID))(t)
	goesOn(h, false)
	if err := h.End(t.Context(), desk.DraftEnded); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("it ended another's: %v", err)
	}
	goesOn(next, true)
	if err := next.End(t.Context(), desk.DraftRunning); err != nil {
		t.Fatal(err)
	}
	if d = w.carry(two, d.ID); d.State != desk.DraftEnded || d.Look.Report.Created != 1 {
		t.Errorf("%+v, %+v", d, d.Look.Report)
	}
}

// Files on their way count from their first byte.
func TestFilesThatArriveAreBounded(t *testing.T) {
	w := newWorld(t)
	k := w.desk()
	ended, senders := make(chan error, 2), []*io.PipeWriter{}
	for i := range 2 {
		r, sender := io.Pipe()
		senders = append(senders, sender)
		go func() {
			_, err := k.Receive(t.Context(), w.ana, "sites", fmt.Sprint(i, ".csv"), r)
			ended <- err
		}()
		must(sender.Write([]byte("code,name\n")))(t) // returns once it is read: its place is kept
	}
	sent := strings.NewReader("code,name\nA,One\n")
	if _, err := k.Receive(t.Context(), w.ana, "sites", "2.csv", sent); !pollen.Is(err, pollen.Limited) || sent.Len() == 0 {
		t.Errorf("a third: %v", err)
	}
	must(k.Receive(t.Context(), w.Actor("Bo"), "sites", "bo.csv", strings.NewReader("code,name\nA,One\n")))(t)
	// A place whose sender died with its node is free after a while.
	w.Clock.Advance(10 * time.Minute)
	w.receive(k, "sites", "2.csv", "code,name\nA,One\n")
	for _, s := range senders {
		must(s.Write([]byte("A,One\n")))(t)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	w.receive(k, "sites", "3.csv", "code,name\nA,One\n")
}

// A file goes with its draft, also where its removal was cut short.
func TestPiecesOfFilesThatAreGoneAreSwept(t *testing.T) {
	w := newWorld(t)
	k := w.desk()
	w.receive(k, "sites", "a.csv", "code,name\nA,One\n")
	gone := w.receive(k, "sites", "b.csv", "code,name\n"+strings.Repeat("A,One\n", 1_000_000)) // more pieces than one part removes
	if err := k.Discard(t.Context(), w.ana, gone.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`SELECT COUNT(*) FROM import_pieces WHERE draft_id = $1`, gone.ID); n != 0 {
		t.Errorf("%d pieces are left", n)
	}
	err := w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO import_pieces (draft_id, n, data) VALUES ($1, 7, $2)`, gone.ID, []byte("cut short"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`SELECT COUNT(*) FROM import_pieces`); n != 1 {
		t.Errorf("%d pieces are there, want that of the draft that waits", n)
	}
}

// A large file takes a while to sweep: what waits behind it may be taken up meanwhile.
func TestWhatIsTakenUpWhileOthersAreSweptStays(t *testing.T) {
	w := newWorld(t)
	k := w.desk()
	idle := w.receive(k, "sites", "a.csv", "code,name\nA,One\n")
	taken := w.receive(k, "sites", "b.csv", "code,name\nA,One\n")
	w.Clock.Advance(25 * time.Hour)
	if old := must(k.Old(t.Context()))(t); len(old) != 2 {
		t.Fatalf("%d are old", len(old))
	}
	w.look(k, taken.ID, desk.Settings{})
	for _, id := range []desk.DraftID{idle.ID, taken.ID} {
		if err := k.RemoveOld(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Draft(t.Context(), w.ana, idle.ID); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("the idle one: %v", err)
	}
	if d := w.carry(k, taken.ID); d.State != desk.DraftEnded || d.Look.Report.Created != 1 {
		t.Errorf("%+v, %+v", d, d.Look.Report)
	}
}
