package schema

import (
	"errors"
	"strings"

	"pollen"
)

// Faults are what is wrong with several values at once, each Invalid and on its
// field. They are the cause of the error that says the first of them.
type Faults []*pollen.Error

// Error gives them all, for the log.
func (f Faults) Error() string {
	said := make([]string, len(f))
	for i, e := range f {
		said[i] = e.Error()
	}
	return strings.Join(said, "; ")
}

// Err is the error that says them; nil when there is none.
func (f Faults) Err() error {
	switch len(f) {
	case 0:
		return nil
	case 1:
		return f[0]
	}
	first := *f[0]
	first.Cause = f
	return &first
}

// Note adds what is wrong with a value. It returns what is no such fault, with
// which one does not go on.
func (f *Faults) Note(err error) error {
	e, ok := errors.AsType[*pollen.Error](err)
	if !ok || e.Kind != pollen.Invalid || e.Field == "" {
		return err
	}
	*f = append(*f, FaultsOf(err)...)
	return nil
}

// FaultsOf lists what an error says of values: several, or the one it is.
func FaultsOf(err error) Faults {
	if all, ok := errors.AsType[Faults](err); ok {
		return all
	}
	if e, ok := errors.AsType[*pollen.Error](err); ok && e.Field != "" {
		return Faults{e}
	}
	return nil
}
