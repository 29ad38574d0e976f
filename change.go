package pollen

// ActKind is what happened, on the journal. The list is closed.
type ActKind string

// Contributions: gifts to the commons. They can be thanked and have causes.
const (
	ActCreate    ActKind = "create"    // an entry, or an imported batch of them
	ActRevise    ActKind = "revise"    // values or body of an entry
	ActVerify    ActKind = "verify"    // a value confirmed; makes no revision
	ActSource    ActKind = "source"    // where a value comes from
	ActTranslate ActKind = "translate" // a value in another language
	ActAsk       ActKind = "ask"
	ActAnswer    ActKind = "answer"
	ActComment   ActKind = "comment"
	ActWrite     ActKind = "write" // a post, a story, an idea
	ActShare     ActKind = "share"
	ActThank     ActKind = "thank"
	ActWelcome   ActKind = "welcome"
	ActRecognise ActKind = "recognise"
	ActPropose   ActKind = "propose"
)

// Other acts: proved by the journal, and not counted as gifts.
const (
	ActRetire   ActKind = "retire"
	ActRestore  ActKind = "restore"
	ActRevert   ActKind = "revert" // an entry or a batch, to an earlier state
	ActMerge    ActKind = "merge"
	ActRename   ActKind = "rename"
	ActImport   ActKind = "import" // a batch of entries from a source
	ActFound    ActKind = "found"  // a community or a collection
	ActJoin     ActKind = "join"
	ActLeave    ActKind = "leave"
	ActInvite   ActKind = "invite"
	ActSchema   ActKind = "schema" // the fields of a collection, or its settings
	ActEdit     ActKind = "edit"   // one's own words in a talk
	ActWithdraw ActKind = "withdraw"
	ActHelp     ActKind = "help"     // the asker says that an answer helped
	ActReport   ActKind = "report"   // words to look at, or what came of looking
	ActSeen     ActKind = "seen"     // what a newcomer gave, by a second pair of eyes
	ActClaim    ActKind = "claim"    // an imported persona, by its person; or which entry describes one
	ActDisclaim ActKind = "disclaim" // such a claim, taken back
	ActContest  ActKind = "contest"  // a claim of somebody else, which ends by it
	ActToken    ActKind = "token"    // an API token made or revoked
	ActErase    ActKind = "erase"
)

// Contribution reports whether the act is a gift.
func (k ActKind) Contribution() bool {
	switch k {
	case ActCreate, ActRevise, ActVerify, ActSource, ActTranslate, ActAsk, ActAnswer, ActComment,
		ActWrite, ActShare, ActThank, ActWelcome, ActRecognise, ActPropose:
		return true
	}
	return false
}

// ObjectKind is the kind of object an act is about.
type ObjectKind string

// The kinds of object.
const (
	ObjectEntry      ObjectKind = "entry"
	ObjectCollection ObjectKind = "collection"
	ObjectCommunity  ObjectKind = "community"
	ObjectPersona    ObjectKind = "persona"
	ObjectPost       ObjectKind = "post"
	ObjectBatch      ObjectKind = "batch"
	ObjectAct        ObjectKind = "contribution"
)

// Object points at one object of any kind.
type Object struct {
	Kind ObjectKind `json:"kind"`
	ID   AnyID      `json:"id"`
}

// Ref makes an Object of an identifier.
func Ref[K any](kind ObjectKind, id ID[K]) Object { return Object{kind, AnyID(id)} }

// CauseKind says how an earlier contribution led to a later one.
type CauseKind string

// The kinds of cause.
const (
	CauseRevises  CauseKind = "revises"
	CauseAnswers  CauseKind = "answers"
	CauseArrived  CauseKind = "arrived-by"
	CauseInspired CauseKind = "inspired-by"
)

// Cause is an earlier contribution that led to this one.
type Cause struct {
	Kind CauseKind `json:"kind"`
	Act  ActID     `json:"contribution"`
}
