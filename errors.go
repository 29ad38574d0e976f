package pollen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind classifies an error by what the caller can do about it. The list is
// closed: each face owns one table from kind to its own code.
type Kind string

// The kinds of error.
const (
	Invalid         Kind = "invalid"         // the input is wrong; Error.Field says where
	Unauthenticated Kind = "unauthenticated" // sign in first
	Forbidden       Kind = "forbidden"       // visible, and not allowed
	NotFound        Kind = "not-found"       // absent, or invisible to this actor
	Conflict        Kind = "conflict"        // two wishes contradict each other
	Stale           Kind = "stale"           // the object changed since it was read
	Limited         Kind = "limited"         // too much at once; try later
	Unavailable     Kind = "unavailable"     // something this needs is not there now
	Internal        Kind = "internal"        // our fault; details go to the log alone
)

// Message is a text for people that a face can translate: Key finds it in a
// catalogue, Text is its English default with {name} placeholders, and Args
// alternates names and values. A value may be a message itself.
type Message struct {
	Key  string
	Text string
	Args []any
	// One is the English for a single thing, of a message that counts N of them:
	// see [Count].
	One string `json:",omitempty"`
	N   int    `json:",omitempty"`
}

// Count makes a message that speaks of n things. One is its English in the
// singular and other in the plural; {n} stands for n in both.
func Count(key string, n int, one, other string, args ...any) Message {
	return Message{Key: key, Text: other, Args: append([]any{"n", n}, args...), One: one, N: n}
}

// Bytes is a size to the byte, to stand in another message: "1 byte", "200 bytes".
func Bytes(n int64) Message {
	return Count("error.bytes", int(n), "{n}\u00a0byte", "{n}\u00a0bytes")
}

// String fills the English text in.
func (m Message) String() string {
	if m.One != "" && m.N == 1 {
		return Fill(m.One, m.Args)
	}
	return Fill(m.Text, m.Args)
}

// UnmarshalJSON reads a message that was kept as JSON: whole numbers among its
// values are whole numbers again, and messages are messages.
func (m *Message) UnmarshalJSON(b []byte) error {
	type fields Message
	read := struct {
		*fields
		Args []json.RawMessage
	}{fields: (*fields)(m)}
	if err := json.Unmarshal(b, &read); err != nil {
		return err
	}
	m.Args = make([]any, len(read.Args))
	for i, raw := range read.Args {
		v, err := argument(raw)
		if err != nil {
			return err
		}
		m.Args[i] = v
	}
	return nil
}

func argument(raw json.RawMessage) (v any, err error) {
	if raw[0] == '{' {
		var m Message
		err = json.Unmarshal(raw, &m)
		return m, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err = d.Decode(&v); err != nil {
		return nil, err
	}
	if number, ok := v.(json.Number); ok {
		if n, err := number.Int64(); err == nil {
			return n, nil
		}
		return number.Float64()
	}
	return v, nil
}

// Fill replaces each {name} in text by the value that follows name in args.
func Fill(text string, args []any) string {
	if len(args) == 0 || !strings.ContainsRune(text, '{') {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(args[i])+"}", fmt.Sprint(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Error is the one error type that crosses packages. Message is what a person
// may read; the wrapped cause and the operations are for the log.
type Error struct {
	Kind    Kind
	Message Message
	Field   string // the name of the field or parameter at fault, if one is
	Cause   error
	// Retry is, of a Limited one, how long to wait before trying again; 0 does
	// not say.
	Retry time.Duration
	// Unsure is, of an Unavailable one, that it may have been done all the same.
	Unsure bool
}

// Errorf makes an error of a kind from a message key, its English text with
// {name} placeholders, and alternating names and values.
func Errorf(kind Kind, key, text string, args ...any) *Error {
	return &Error{Kind: kind, Message: Message{Key: key, Text: text, Args: args}}
}

// ErrorN makes an error of a kind whose message speaks of n things: see [Count].
func ErrorN(kind Kind, key string, n int, one, other string, args ...any) *Error {
	return &Error{Kind: kind, Message: Count(key, n, one, other, args...)}
}

// On says which field is at fault.
func (e *Error) On(field string) *Error {
	e.Field = field
	return e
}

// After says how long to wait before trying again.
func (e *Error) After(wait time.Duration) *Error {
	e.Retry = wait
	return e
}

// Because attaches the cause, which only the log shows.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// Error gives the English message, with the field and the cause.
func (e *Error) Error() string {
	s := e.Message.String()
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Cause != nil {
		s += " (" + e.Cause.Error() + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the first [Error] in err's chain, and Internal
// when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of a kind. A nil err is of none.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// MessageOf returns what a person may read of err: the message of the first
// [Error] in its chain, or a general one that gives nothing away.
func MessageOf(err error) Message {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Message
	}
	return Message{Key: "error.internal", Text: "Something went wrong on our side. Nothing you had saved is lost."}
}

// Wrap names the operation and its objects in front of *err, for the log. It
// is meant to be deferred as the first line of an exported operation:
//
//	defer pollen.Wrap(&err, "registry.Revise", id)
func Wrap(err *error, op string, objects ...any) {
	if *err == nil {
		return
	}
	var b strings.Builder
	b.WriteString(op)
	for _, o := range objects {
		fmt.Fprintf(&b, " %v", o)
	}
	*err = fmt.Errorf("%s: %w", b.String(), *err)
}

// Absent is the error for what is not there, or not for the actor: nothing tells
// which.
func Absent() *Error {
	return Errorf(NotFound, "error.absent", "There is nothing here, or not for you.")
}
