package browser_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pressable are the roles of what one presses; a summary has a role of the
// browser's own.
var pressable = []string{"button", "link", "tab", "radio", "checkbox", "option", "menuitem", "DisclosureTriangle", "DisclosureTriangleGrouped"}

// writable are the roles of what one types into.
var writable = []string{"textbox", "searchbox", "combobox", "spinbutton"}

// node finds what a reader of the screen is told of: the first of some roles
// whose name is, or begins with, the one given. It waits for it.
func (b *tab) node(roles []string, name string) cdp.BackendNodeID {
	b.t.Helper()
	var known []string
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		var found, begins cdp.BackendNodeID
		known = known[:0]
		b.read(chromedp.ActionFunc(func(ctx context.Context) error {
			var tree axTree
			err := cdp.Execute(ctx, "Accessibility.getFullAXTree", nil, &tree)
			for _, n := range tree.Nodes {
				if n.Ignored || !slices.Contains(roles, n.Role.text()) {
					continue
				}
				is := strings.Join(strings.Fields(n.Name.text()), " ")
				known = append(known, is)
				switch {
				case is == name && found == 0:
					found = n.ID
				case strings.HasPrefix(is, name) && begins == 0:
					begins = n.ID
				}
			}
			return err
		}))
		if found != 0 {
			return found
		}
		if begins != 0 {
			return begins
		}
	}
	b.t.Fatalf("%s: nothing is called %q; there are %q", b.path(), name, known)
	return 0
}

// axTree is what the tests need of the browser's accessibility tree. The types
// of the library refuse reasons that newer browsers give.
type axTree struct {
	Nodes []struct {
		Ignored bool              `json:"ignored"`
		Role    axValue           `json:"role"`
		Name    axValue           `json:"name"`
		ID      cdp.BackendNodeID `json:"backendDOMNodeId"`
	} `json:"nodes"`
}

type axValue struct {
	Value any `json:"value"`
}

func (v axValue) text() string {
	s, _ := v.Value.(string)
	return s
}

// press clicks on something, where it stands.
func (b *tab) press(name string) {
	b.t.Helper()
	id := b.node(pressable, name)
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		if err := dom.ScrollIntoViewIfNeeded().WithBackendNodeID(id).Do(ctx); err != nil {
			return err
		}
		quads, err := dom.GetContentQuads().WithBackendNodeID(id).Do(ctx)
		if err != nil {
			return err
		}
		q := quads[0]
		return chromedp.MouseClickXY((q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4).Do(ctx)
	}))
}

// write replaces what stands in a field.
func (b *tab) write(name, value string) {
	b.t.Helper()
	id := b.node(writable, name)
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		if err := dom.Focus().WithBackendNodeID(id).Do(ctx); err != nil {
			return err
		}
		o, err := dom.ResolveNode().WithBackendNodeID(id).Do(ctx)
		if err != nil {
			return err
		}
		_, exception, err := runtime.CallFunctionOn(`function() { if (this.select) this.select() }`).WithObjectID(o.ObjectID).Do(ctx)
		if err != nil {
			return err
		}
		if exception != nil {
			return exception
		}
		return chromedp.KeyEvent(value).Do(ctx)
	}))
}

// key presses a key.
func (b *tab) key(k string) {
	b.t.Helper()
	b.run(chromedp.KeyEvent(k))
}

// tabTo moves the focus forward, by the keyboard alone, to what has a name.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	var at string
	for range 120 {
		b.key(kb.Tab)
		b.eval(`(() => { const e = document.activeElement; return (e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].textContent) || e.textContent || "").trim() })()`, &at)
		if strings.Join(strings.Fields(at), " ") == name {
			return
		}
	}
	b.t.Fatalf("%s: the tabulator does not lead to %q; it ends at %q", b.path(), name, at)
}

// words is what is to be read on the page.
func (b *tab) words() (text string) {
	b.t.Helper()
	b.eval(`document.body ? document.body.innerText : ""`, &text)
	return strings.Join(strings.Fields(text), " ")
}

// sees waits until the page says something.
func (b *tab) sees(what string) {
	b.t.Helper()
	said := ""
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if said = b.words(); strings.Contains(said, what) {
			return
		}
	}
	b.t.Fatalf("%s does not say %q; it says: %s", b.path(), what, said)
}

// finds visits a page until it says something, for what follows the journal at
// its own pace.
func (b *tab) finds(path, what string) {
	b.t.Helper()
	said := ""
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		b.visit(path)
		if said = b.words(); strings.Contains(said, what) {
			return
		}
	}
	b.t.Fatalf("%s does not say %q; it says: %s", path, what, said)
}

// arrives waits until the window is at an address that begins so.
func (b *tab) arrives(path string) {
	b.t.Helper()
	at := ""
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if at = b.path(); strings.HasPrefix(at, path) {
			return
		}
	}
	b.t.Fatalf("the window is at %s, not at %s", at, path)
}

// leaves waits until the window is no longer at an address that begins so.
func (b *tab) leaves(path string) {
	b.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if !strings.HasPrefix(b.path(), path) {
			return
		}
	}
	b.t.Fatalf("the window stays at %s; it says: %s", b.path(), b.words())
}

// clean holds that nothing went amiss on the way.
func (b *tab) clean() {
	b.t.Helper()
	for _, fault := range b.amiss() {
		b.t.Error(fault)
	}
}
