package markup

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// What bounds the work of one text.
const (
	maxNesting     = 16     // quotes and lists in one another
	maxMarks       = 1000   // brackets, stars and the like in one paragraph
	maxCells       = 20_000 // of one table
	maxEscaped     = 1000   // bars written \| in the tables of one text
	maxDefinitions = 500    // of addresses in one paragraph
	maxPointers    = 500    // mentions and references that are looked up
	maxMentions    = 100    // that Mentions tells
)

// markdown reads the language that the package comment names. Raw HTML has no
// parser here, so it is text like any other.
var markdown = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(shallow{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(few{parser.NewCodeSpanParser()}, 100),
		util.Prioritized(entryParser{}, 150),
		util.Prioritized(fewLinks{few{parser.NewLinkParser()}}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(few{parser.NewEmphasisParser()}, 500),
		util.Prioritized(few{extension.NewStrikethroughParser()}, 510),
		util.Prioritized(mentionParser{}, 600),
		util.Prioritized(few{extension.NewLinkifyParser()}, 999),
	),
	parser.WithParagraphTransformers(
		util.Prioritized(smallTables{extension.NewTableParagraphTransformer()}, 50),
		util.Prioritized(fewDefinitions{parser.LinkReferenceParagraphTransformer}, 100),
	),
	parser.WithASTTransformers(
		util.Prioritized(extension.NewTableASTTransformer(), 0),
	),
)

// state is what the parsers of one text share.
type state struct {
	o        *Options
	textOnly bool // every [[reference]] is one, and no mention
	mentions bool // every @handle is a mention, and no reference
	marks    int  // seen in the paragraph being read
	escaped  int  // bars written \| so far
	pointers int  // looked up
}

var stateKey = parser.NewContextKey()

func withState(s *state) parser.ParseOption {
	pc := parser.NewContext()
	pc.Set(stateKey, s)
	return parser.WithContext(pc)
}

func stateOf(pc parser.Context) *state { return pc.Get(stateKey).(*state) }

// shallow opens no container deeper than maxNesting: each line of a text is
// compared with every container that is open.
type shallow struct{ parser.BlockParser }

func (s shallow) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if k := n.Kind(); k == ast.KindBlockquote || k == ast.KindList {
			depth++
		}
	}
	if depth >= maxNesting {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, r, pc)
}

// few reads at most maxMarks marks in one paragraph, as an unmatched one is
// compared with all that stand before it.
type few struct{ parser.InlineParser }

func (f few) Parse(parent ast.Node, r text.Reader, pc parser.Context) ast.Node {
	s := stateOf(pc)
	if s.marks >= maxMarks {
		return nil
	}
	// A space is a place where a bare address may begin, and costs nothing.
	if c := r.Peek(); c != ' ' && c != '\n' {
		s.marks++
	}
	return f.InlineParser.Parse(parent, r, pc)
}

// fewLinks also ends the paragraph: of the parsers, that of links alone is
// told when it does.
type fewLinks struct{ few }

func (f fewLinks) CloseBlock(parent ast.Node, r text.Reader, pc parser.Context) {
	stateOf(pc).marks = 0
	if c, ok := f.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, r, pc)
	}
}

// smallTables leaves a paragraph that would make too many cells as it is: each
// row is filled up to the width of the first, and each bar written \| in code is
// compared with every other.
type smallTables struct{ parser.ParagraphTransformer }

func (t smallTables) Transform(p *ast.Paragraph, r text.Reader, pc parser.Context) {
	lines, widest, s := p.Lines(), 0, stateOf(pc)
	for i := range lines.Len() {
		at := lines.At(i)
		line := at.Value(r.Source())
		widest = max(widest, bytes.Count(line, []byte{'|'}))
		s.escaped += bytes.Count(line, []byte(`\|`))
	}
	if (widest+1)*lines.Len() <= maxCells && s.escaped <= maxEscaped {
		t.ParagraphTransformer.Transform(p, r, pc)
	}
}

// fewDefinitions leaves a paragraph of too many lines like [name]: address as
// it is: each one taken out moves all that follow.
type fewDefinitions struct{ parser.ParagraphTransformer }

func (f fewDefinitions) Transform(p *ast.Paragraph, r text.Reader, pc parser.Context) {
	lines, n := p.Lines(), 0
	for i := range lines.Len() {
		at := lines.At(i)
		if line := bytes.TrimLeft(at.Value(r.Source()), " "); len(line) > 0 && line[0] == '[' {
			n++
		}
	}
	if n > 0 && n <= maxDefinitions {
		f.ParagraphTransformer.Transform(p, r, pc)
	}
}

// pointer is a mention or a reference that was found.
type pointer struct {
	ast.BaseInline
	class string // mention or entry
	to    string // the handle or the reference
	href  string
	words string
}

var kindPointer = ast.NewNodeKind("Pointer")

func (p *pointer) Kind() ast.NodeKind            { return kindPointer }
func (p *pointer) Dump(source []byte, level int) { ast.DumpHelper(p, source, level, nil, nil) }

// mentionParser reads @handle where no word goes before: an e-mail address is
// no mention, nor is the name of somebody on another server (@ana@example.org).
type mentionParser struct{}

func (mentionParser) Trigger() []byte { return []byte{'@'} }

func (mentionParser) Parse(_ ast.Node, r text.Reader, pc parser.Context) ast.Node {
	s := stateOf(pc)
	if s.textOnly || !s.mentions && s.o.Mention == nil || isWord(r.PrecendingCharacter()) {
		return nil
	}
	line, _ := r.PeekLine()
	n := 1
	for n < len(line) && n <= 41 && isHandle(line[n]) {
		n++
	}
	if n < len(line) && (line[n] == '@' || line[n] == '_' || isHandle(line[n]) || line[n] >= 0x80 && isWord(util.ToRune(line, n))) {
		return nil
	}
	handle := strings.ToLower(strings.TrimRight(string(line[1:n]), ".-"))
	if handle == "" || handle[0] == '.' || handle[0] == '-' {
		return nil
	}
	p := &pointer{class: "mention", to: handle}
	if !s.mentions {
		var ok bool
		if s.pointers++; s.pointers > maxPointers {
			return nil
		}
		if p.href, p.words, ok = s.o.Mention(handle); !ok {
			return nil
		}
		if p.words == "" {
			p.words = "@" + handle
		}
	}
	r.Advance(1 + len(handle))
	return p
}

// entryParser reads [[reference]] and [[reference|words]].
type entryParser struct{}

func (entryParser) Trigger() []byte { return []byte{'['} }

func (entryParser) Parse(_ ast.Node, r text.Reader, pc parser.Context) ast.Node {
	line, _ := r.PeekLine()
	s := stateOf(pc)
	if len(line) < 5 || line[1] != '[' || s.mentions || !s.textOnly && s.o.Entry == nil {
		return nil
	}
	if len(line) > 400 {
		line = line[:400]
	}
	end := bytes.IndexAny(line[2:], "[]\n")
	if end <= 0 || end+3 >= len(line) || line[end+2] != ']' || line[end+3] != ']' {
		return nil
	}
	to, words, _ := strings.Cut(string(line[2:end+2]), "|")
	p := &pointer{class: "entry", to: strings.TrimSpace(to), words: strings.TrimSpace(words)}
	if p.to == "" {
		return nil
	}
	if s.textOnly {
		if p.words == "" {
			p.words = p.to
		}
	} else {
		if s.pointers++; s.pointers > maxPointers {
			return nil
		}
		href, title, ok := s.o.Entry(p.to)
		if !ok {
			return nil
		}
		if p.href = href; p.words == "" {
			p.words = title
		}
		if p.words == "" {
			p.words = p.to
		}
	}
	r.Advance(end + 4)
	return p
}
