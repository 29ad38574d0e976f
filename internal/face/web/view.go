package web

import (
	"errors"
	"hash/maphash"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/access"
	"pollen/internal/pure/i18n"
)

// view is what a request knows of its reader, and the frame of the page that
// answers it.
type view struct {
	*i18n.Locale
	By   pollen.Actor
	Page part.Page
	// Follow is the button by which the reader follows what the page is about;
	// none when they cannot.
	Follow []part.Act
}

const (
	langCookie  = "pollen_lang"
	themeCookie = "pollen_theme"
	keysCookie  = "pollen_keys"
)

// page runs a handler for its reader and shows its error as a page. Whoever may
// read nothing here is asked to sign in.
func (s *server) page(handle func(http.ResponseWriter, *http.Request, *view) error) http.HandlerFunc {
	return s.open(func(w http.ResponseWriter, r *http.Request, v *view) error {
		err := access.Enter(v.By).Err(v.By, access.Decision{OK: true})
		if err == nil {
			err = handle(w, r, v)
		}
		if err != nil && r.Method == http.MethodPost && !v.By.SignedIn() {
			return s.unsent(w, r, v, err)
		}
		return err
	})
}

// unsent answers what was sent by somebody whose session has ended: it gives
// what they typed back, to be sent again once they are signed in.
func (s *server) unsent(w http.ResponseWriter, r *http.Request, v *view, failed error) error {
	kind := pollen.KindOf(failed)
	if kind != pollen.Unauthenticated && kind != pollen.NotFound && kind != pollen.Forbidden || parse(r) != nil || len(r.PostForm) == 0 {
		return failed
	}
	p := &unsentData{Action: r.URL.RequestURI()}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			p.Sent = append(p.Sent, part.Hidden{Name: name, Value: value})
			if (name == "value" || name == bodyName) && strings.TrimSpace(value) != "" {
				p.Typed = append(p.Typed, value)
			}
		}
	}
	if r.MultipartForm != nil {
		for _, files := range r.MultipartForm.File {
			p.File = p.File || slices.ContainsFunc(files, func(f *multipart.FileHeader) bool { return f.Filename != "" })
		}
	}
	v.Page.Title, v.Page.Flags.NoIndex = v.T("web.unsent", "Your session has ended"), true
	return show(w, r, v, http.StatusUnauthorized, unsentPage(v, p))
}

// unsentData is what was sent and not taken.
type unsentData struct {
	Action string
	Sent   []part.Hidden
	Typed  []string // the words among it
	File   bool     // a file was sent too, which no page can give back
}

// open does as page, also for those who may read nothing here: one comes in by
// such pages.
func (s *server) open(handle func(http.ResponseWriter, *http.Request, *view) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "private, no-cache")
		h.Add("Vary", "Cookie, Accept-Language")
		v := &view{Locale: i18n.Match(cookie(r, langCookie), r.Header.Get("Accept-Language"))}
		v.Page = part.Page{Locale: v.Locale, Path: s.pageOf(r)}
		if t := part.Theme(cookie(r, themeCookie)); t == part.Light || t == part.Dark {
			v.Page.Theme = t
		}
		v.Page.KeysOff = cookie(r, keysCookie) == "off"
		var err error
		if s.Instance != nil {
			v.Page.Instance, err = s.Instance(r.Context())
			v.Locale = v.In(v.Page.Instance.Zone)
			v.Page.Locale = v.Locale
		}
		if err == nil {
			session := cookie(r, s.sessionCookie())
			v.By, err = s.Doors.Actor(r.Context(), session)
			if pollen.Is(err, pollen.Unauthenticated) && session != "" { // it has ended: read on as anybody does
				s.set(w, s.sessionCookie(), "", -1)
				v.By, err = s.Doors.Actor(r.Context(), "")
			}
		}
		v.Page.Actor = v.By
		if err == nil && r.Method == http.MethodGet {
			v.Page.Unread, err = s.Notices.Unread(r.Context(), v.By)
		}
		if err == nil {
			err = handle(w, r, v)
		}
		if err != nil {
			s.problem(w, r, v, err)
		}
	}
}

// pageOf is the page that a request belongs to, to come back to: itself with what
// was searched for, or the nearest above an address that only takes forms.
func (s *server) pageOf(r *http.Request) string {
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	for at := r.URL.Path; at != "/" && at != "."; at = path.Dir(at) {
		page := &url.URL{Path: at}
		if _, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, Host: r.Host, URL: page}); pattern != "/" {
			return page.EscapedPath()
		}
	}
	return "/"
}

// show answers with a page: the frame around a body.
func show(w http.ResponseWriter, r *http.Request, v *view, status int, body templ.Component) error {
	return showPart(w, r.WithContext(templ.WithChildren(r.Context(), body)), status, part.Shell(&v.Page))
}

// tagSeed is what the tags of pages are made with: each process has its own, so
// that nobody can make two pages of one tag. A page that another process sent
// is sent again.
var tagSeed = maphash.MakeSeed()

// showPart answers with a component, or with 304 where the browser has the
// same already (RFC 9110, section 13.1.2).
func showPart(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	b := templ.GetBuffer()
	defer templ.ReleaseBuffer(b)
	if err := c.Render(r.Context(), b); err != nil {
		return err
	}
	answer(w, r, status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// answer sends what was made, or that it is what the reader has already.
func answer(w http.ResponseWriter, r *http.Request, status int, mediaType string, b []byte) {
	h := w.Header()
	if status == http.StatusOK && r.Method != http.MethodPost {
		tag := `W/"` + strconv.FormatUint(maphash.Bytes(tagSeed, b), 36) + `"`
		h.Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", mediaType)
	w.WriteHeader(status)
	if _, err := w.Write(b); err != nil {
		return // the reader went away
	}
}

// problem shows what could not be done. Only our own faults go to the log.
func (s *server) problem(w http.ResponseWriter, r *http.Request, v *view, err error) {
	kind := pollen.KindOf(err)
	if e, ok := errors.AsType[*pollen.Error](err); ok && e.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((e.Retry+time.Second-1)/time.Second)))
	}
	if kind == pollen.Internal {
		s.Log.Error("page failed", "path", r.URL.Path, "error", err)
	}
	v.Page = part.Page{Locale: v.Locale, Title: v.Error(err), Theme: v.Page.Theme, KeysOff: v.Page.KeysOff, Actor: v.By, Unread: v.Page.Unread, Instance: v.Page.Instance, Path: v.Page.Path, Flags: part.Flags{NoIndex: true}}
	if err := show(w, r, v, statuses[kind], problemPage(v, kind)); err != nil {
		s.Log.Error("page failed", "path", r.URL.Path, "error", err)
		http.Error(w, pollen.MessageOf(err).String(), http.StatusInternalServerError)
	}
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// sessionCookie is what the cookie of a session is called: over HTTPS by a name
// that no other host of the domain, and nobody on the way, can give it
// (RFC 6265bis, 4.1.3.2).
func (s *server) sessionCookie() string {
	if s.Secure {
		return "__Host-pollen_session"
	}
	return "pollen_session"
}

// year is how long cookies without a life of their own are kept, in seconds.
const year = 365 * 24 * 60 * 60

func (s *server) set(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

func see(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// wrong says what is wrong with a value of a collection, which is named by the
// label that people see.
func (v *view) wrong(c *registry.Collection, failed error) string {
	m := pollen.MessageOf(failed)
	e, ok := errors.AsType[*pollen.Error](failed)
	if !ok {
		return v.Message(m)
	}
	label := ""
	if f := c.Schema.Field(e.Field); f != nil {
		label = f.LabelIn(v.Tag())
	} else if e.Field == bodyName {
		label = v.T("web.body", "Text")
	}
	if label != "" {
		m.Args = slices.Clone(m.Args)
		for i := 0; i+1 < len(m.Args); i += 2 {
			if m.Args[i] == "field" {
				m.Args[i+1] = label
			}
		}
	}
	return v.Message(m)
}

// in picks the text of a reader's language out of texts by language.
func (v *view) in(texts map[string]string) string {
	if s := texts[v.Tag()]; s != "" {
		return s
	}
	return texts["en"]
}
