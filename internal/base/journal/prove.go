package journal

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Fault is one thing that a [Proof] found wrong.
type Fault struct {
	Number int64
	What   string
}

// Checkpoint says what the journal was at some length: who keeps one elsewhere
// can prove later that no act before it was altered or removed.
type Checkpoint struct {
	Size int64  // how many acts
	Root []byte // of the Merkle tree over their hashes (RFC 6962)
}

// origin is the first line of a checkpoint.
const origin = "pollen journal"

// String writes a checkpoint as the body of a note: origin, size, root
// (C2SP tlog-checkpoint, unsigned).
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, c.Size, base64.StdEncoding.EncodeToString(c.Root))
}

// ParseCheckpoint reads what [Checkpoint.String] writes; what follows it, such
// as signatures, is passed over. It fails with Invalid.
func ParseCheckpoint(s string) (c Checkpoint, err error) {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	bad := pollen.Errorf(pollen.Invalid, "journal.checkpoint", "This is no checkpoint of a journal. Make one with: pollen check --checkpoint FILE")
	if len(lines) < 3 || lines[0] != origin {
		return c, bad
	}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return c, bad.Because(err)
	}
	if c.Root, err = base64.StdEncoding.DecodeString(lines[2]); err != nil || len(c.Root) != 32 {
		return c, bad.Because(err)
	}
	return c, nil
}

// Proof verifies the journal from its first act on, part by part. The zero
// Proof stands before the first act.
type Proof struct {
	Number int64 // the act it came to
	Erased int64 // acts whose names were erased
	Faults []Fault
	// Against is a checkpoint that somebody else kept.
	Against *Checkpoint

	told int64 // erased acts that the acts of erasing account for
	tree Tree
	met  bool
}

// Read verifies at most limit acts more: that none is missing, and that the
// hash of each is that of its content. It is done when it comes no further.
func (p *Proof) Read(tx *sqldb.Tx, limit int) error {
	return tx.Each(`SELECT `+columns+` FROM acts WHERE number > $1 ORDER BY number LIMIT $2`, []any{p.Number, limit}, func(r *sql.Rows) error {
		a, causes, detail, err := scan(r)
		if err != nil {
			return err
		}
		if a.Number != p.Number+1 {
			p.Faults = append(p.Faults, Fault{p.Number + 1, "missing"})
		}
		p.meet()
		switch {
		case len(a.Salt) == 0:
			p.Erased++
		case !a.verify(causes, detail):
			p.Faults = append(p.Faults, Fault{a.Number, "altered"})
		case a.Kind == pollen.ActErase:
			p.told += int64(a.Detail.Count)
		}
		p.tree.Add(a.Hash)
		p.Number = a.Number
		return nil
	})
}

// meet compares with the checkpoint once its length is reached.
func (p *Proof) meet() {
	if p.Against == nil || p.met || int64(p.tree.Len()) != p.Against.Size {
		return
	}
	if p.met = true; !bytes.Equal(p.tree.Root(), p.Against.Root) {
		p.Faults = append(p.Faults, Fault{p.Against.Size, "not what the checkpoint says: something before it was altered"})
	}
}

// End tells what only the end can: that no more was erased than the acts of
// erasing account for, and that the journal reaches the checkpoint.
func (p *Proof) End() {
	p.meet()
	if p.Erased > p.told {
		p.Faults = append(p.Faults, Fault{p.Number, fmt.Sprintf("%d acts are erased, and acts of erasing account for %d", p.Erased, p.told)})
	}
	if p.Against != nil && !p.met {
		p.Faults = append(p.Faults, Fault{p.Number, fmt.Sprintf("the checkpoint has %d acts: some are gone", p.Against.Size)})
	}
}

// Checkpoint says what the journal is, as far as the proof came.
func (p *Proof) Checkpoint() Checkpoint { return Checkpoint{p.Number, p.tree.Root()} }

// EraseNames takes the names out of the acts that are about an object, with the
// salts by which they could be guessed. Their hashes stay, and with them the
// proof. It returns how many acts it erased, for the act that accounts for them.
func EraseNames(tx *sqldb.Tx, o pollen.Object) (n int, err error) {
	var acts []Act
	err = tx.Each(`SELECT `+strings.Replace(columns, "number", "coalesce(number, 0)", 1)+` FROM acts WHERE object_kind = $1 AND object_id = $2 AND salt IS NOT NULL`,
		[]any{o.Kind, int64(o.ID)}, func(r *sql.Rows) error {
			a, _, _, err := scan(r)
			if err == nil && a.Detail.Name != "" {
				acts = append(acts, a)
			}
			return err
		})
	if err != nil {
		return 0, err
	}
	for i := range acts {
		acts[i].Detail.Name = ""
		_, detail, err := acts[i].encode()
		if err != nil {
			return n, err
		}
		if _, err := tx.Exec(`UPDATE acts SET detail = $2, salt = NULL WHERE id = $1`, acts[i].ID, detail); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
