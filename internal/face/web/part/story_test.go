package part_test

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// The story shows every component once, with data that says it is a sample.

var (
	today = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	ana   = pollen.Actor{Persona: 7, Handle: "ana", Name: "Ana Exemple", Kind: pollen.PersonaNamed}
	on    = true
)

func story(l *i18n.Locale, theme part.Theme) templ.Component {
	p := &part.Page{
		Locale: l, Title: "Léo Exemple", Theme: theme, Actor: ana, Instance: part.Instance{Name: "Exemple"}, Path: "/c/people/leo-exemple",
		Crumbs:  []part.Link{{Text: l.T("part.collections", "Collections"), Href: "/"}, {Text: "Personnes", Href: "/c/people"}},
		Section: part.Collections, Unread: 2, Description: "Sample", FeedURL: "/changes.atom",
		Notice: &part.Notice{Tone: part.Done, Bold: "Publié.", Text: "Quatre sites reprennent cette valeur.", Undo: &part.Undo{Action: "/c/people/leo-exemple/revert", Hidden: []part.Hidden{{"to", "43"}}}},
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return part.Shell(p).Render(templ.WithChildren(ctx, body(l)), w)
	})
}

func sequence(class string, all ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, `<div class="`+class+`">`); err != nil {
			return err
		}
		for _, c := range all {
			if err := c.Render(ctx, w); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, "</div>")
		return err
	})
}

func with(c, children templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return c.Render(templ.WithChildren(ctx, children), w) })
}

func body(l *i18n.Locale) templ.Component {
	return sequence("stack mid",
		templ.Raw(`<header class="row apart"><div class="row">`), part.Face("Léo Exemple", pollen.PersonaNamed, part.Big),
		templ.Raw(`<div><h1>Léo Exemple</h1><p class="l soft">Conduite, <a href="/c/units/nord">Exploitation Nord</a></p></div></div><div class="row close">`),
		with(part.Menu("Carte", "share"), qr()), part.Acts([]part.Act{{Text: "vCard", Icon: "download", Href: "/x.vcf"}}), templ.Raw(`</div></header>`),
		part.Tabs("Fiche", []part.Tab{{Text: "Fiche", Href: "/a", Current: true}, {Text: "Échanges", Href: "/b", Count: "3"}, {Text: "Historique", Href: "/c", Count: "43"}}),
		sequence("cols", sequence("stack wide", values(l), form(l), thread(l)), sequence("stack wide", aside(l))),
		part.Heading("story-table", "Sites", part.Text("12 fiches")),
		sequence("cols-l", facets(l), sequence("stack", part.ColumnsMenu(l, []part.Choice{{"type", "Type"}, {"code", "Code"}}, []string{"type"}, nil), table(l), part.PagerOf(l, part.Pager{Said: "3 sur 156", Previous: &part.Link{Href: "?p"}, Next: &part.Link{Href: "?n"}}))),
		sequence("cols-h", revisions(l), diff(l)),
		search(l),
	)
}

func qr() templ.Component {
	c, err := part.QR("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Léo Exemple\r\nTEL:tel:+33199001234\r\nEMAIL:leo@pollen.example\r\nEND:VCARD\r\n", "vCard de Léo Exemple")
	if err != nil {
		return templ.ComponentFunc(func(context.Context, io.Writer) error { return err })
	}
	return c
}

func input(t schema.Type, name string, rows ...part.Row) part.Input {
	return part.Input{Name: name, Label: name, Type: t, Rows: rows}
}

func values(l *i18n.Locale) templ.Component {
	fix := func(t schema.Type, name, text string) *part.Fix {
		return &part.Fix{Input: part.Input{ID: "f-" + name, Name: "value", Label: name, Type: t, Rows: []part.Row{{Text: text}}}}
	}
	office := fix(schema.Text, "office", "Bâtiment B 2.16")
	office.Open, office.Theirs = true, "Bâtiment C"
	office.Input.Error = "« office » est trop long : 300 octets, 200 au plus."
	said := func(text string) templ.Component { return part.Text(text) }
	long := strings.Repeat("Une phrase qui se lit bien. ", 6)
	return sequence("stack tight", part.Heading("story-values", "Joindre", nil), part.Values(l, part.Home{Path: "/c/people/leo-exemple", Base: "43"}, []part.Value{
		{ID: "phone", Label: "Téléphone", Help: "Le numéro direct", Shown: []part.Shown{{Text: "01 99 00 12 34", Href: "tel:+33199001234", Code: true}}, Life: said("confirmé le 12 oct. par 3 personnes"), Fix: fix(schema.Phone, "phone", "+33199001234")},
		{ID: "mobile", Label: "Mobile", State: part.Due, Shown: []part.Shown{{Text: "06 39 98 45 12", Href: "tel:+33639984512", Code: true}}, Life: said("confirmé il y a 14 mois"), Fix: fix(schema.Phone, "mobile", "+33639984512")},
		{ID: "mail", Label: "Courriel", Shown: []part.Shown{{Text: "leo@pollen.example", Href: "mailto:leo@pollen.example", Code: true}}, Life: said("source : annuaire technique")},
		{ID: "office", Label: "Bureau", Shown: []part.Shown{{Text: "Bâtiment B 2.14"}}, Life: said("changé hier"), Fix: office},
		{ID: "substitute", Label: "En son absence", State: part.Late, Shown: []part.Shown{{Text: "Mia Exemple", Href: "/c/people/mia"}}, Life: said("dit en janvier 2025, jamais confirmé"), Fix: fix(schema.Reference, "substitute", "Mia Exemple")},
		{ID: "names", Label: "Noms", Listed: true, Shown: []part.Shown{{Text: "Réseau nord", Lang: "fr"}, {Text: "الشبكة الشمالية", Lang: "ar"}, {Text: "北部网络", Lang: "zh"}}, Life: said("sans source")},
		{ID: "about", Label: "À savoir", Shown: []part.Shown{{Markup: templ.Raw("<p>" + long + "</p>")}}, Life: said("écrit par 5 personnes"), Fix: fix(schema.LongText, "about", long)},
		{ID: "desk", Label: "Poste"}, {ID: "empty", Label: "Astreinte", Fix: fix(schema.Text, "empty", "")},
	}))
}

func form(l *i18n.Locale) templ.Component {
	choices := []part.Choice{{"a", "Agence"}, {"b", "Bureaux"}, {"c", "Dépôt"}, {"d", "Poste"}, {"e", "Production"}}
	number := input(schema.Number, "Puissance", part.Row{Text: "12.50"})
	number.Unit, number.Help = "MW", "Puissance installée."
	wrong := input(schema.Email, "Courriel", part.Row{Text: "leo@"})
	wrong.Error, wrong.Required = "« leo@ » n’est pas une adresse de courriel.", true
	one, few, many := input(schema.Choice, "Type", part.Row{Text: "b"}), input(schema.Choice, "Accès", part.Row{Text: "b"}), input(schema.Choice, "Usages", part.Row{Text: "a"}, part.Row{Text: "d"})
	one.Choices, few.Choices, many.Choices, many.Many = choices, choices[:3], choices, true
	phones := input(schema.Phone, "Téléphones", part.Row{Text: "+33199001234"}, part.Row{Text: "+33199001235"})
	phones.Many = true
	refs := input(schema.Reference, "Référents", part.Row{Text: "Mia Exemple", Ref: "0123456789abc"})
	refs.Many, refs.Target = true, "people"
	names := input(schema.Localized, "Nom", part.Row{Text: "Bretagne", Tag: "fr"}, part.Row{Text: "Breizh", Tag: "br"})
	names.Languages = []string{"fr", "en", "br"}
	return sequence("stack mid", part.Heading("story-form", "Tous les champs", nil), templ.Raw(`<form class="stack" data-guard>`),
		part.Fields(l, []part.Input{
			input(schema.Text, "Titre", part.Row{Text: `Un "titre" <b>`}), input(schema.LongText, "Texte", part.Row{Text: "Deux\nlignes"}), number, input(schema.Integer, "Étage"),
			input(schema.Boolean, "Ouvert", part.Row{Text: "yes"}), input(schema.Date, "Date", part.Row{Text: "2026-11-24"}), input(schema.DateTime, "Moment", part.Row{Text: "2026-11-24T09:30:00Z"}),
			one, few, many, wrong, phones, input(schema.URL, "Site"), input(schema.Place, "Lieu", part.Row{Text: "12 rue Haute, Rennes (48.11, -1.68)"}),
			input(schema.Code, "SIRET", part.Row{Text: "73282932000074"}), input(schema.Image, "Photo"), input(schema.Attachment, "Pièce"), refs, input(schema.Reference, "Unité"), names,
		}),
		templ.Raw(`<p class="row close"><button class="btn main">Publier</button></p></form>`))
}

func thread(l *i18n.Locale) templ.Component {
	when := part.When{At: today.Add(-48 * time.Hour), Words: "dimanche"}
	return sequence("stack", part.Heading("story-talk", "Échanges", part.Anchor(part.Link{Text: "Tout voir", Href: "/talk"})), part.Thread(l, []part.Post{
		{ID: "t1", By: part.Author{Name: "Mia Exemple", Href: "/p/mia", Kind: pollen.PersonaNamed}, Verb: "demande, sur", On: &part.Link{Text: "Bureau", Href: "#office"}, When: when, Body: templ.Raw("<p>Est-ce toujours au deuxième\u202f?</p>")},
		{ID: "t2", By: part.Author{Name: "Héron cendré", Href: "/p/heron", Kind: pollen.PersonaPseudonym}, When: when, Helped: true, Edited: "repris hier", Body: templ.Raw("<p>Oui.</p>"), Acts: []part.Act{{Text: "Remercier", Icon: "thanks", Action: "/t", Pressed: &on}, {Text: "Répondre", Icon: "talk", Href: "#say"}, {Text: "Dire bonjour", Gift: true, Href: "#say"}}},
		{ID: "t3", By: part.Author{Name: "Import du registre", Kind: pollen.PersonaImported}, When: when, Gone: "Retiré par son auteur."},
	}))
}

func aside(l *i18n.Locale) templ.Component {
	return sequence("stack mid",
		sequence("stack tight", part.SayN(l, "part.unread", 3, "{n} new notice", "{n} new notices")),
		sequence("row", part.Emblem("commons"), part.Emblem("postes-et-reseaux"), part.Emblem("mobilites")),
		sequence("row close", part.Chips(part.Chip{Text: "sans réponse", Due: true}, part.Chip{Text: "Licence ouverte 2.0", Line: true}, part.Chip{Text: "Mobilités", Href: "/g/m", Icon: "group"})),
		part.NoticeOf(l, part.Notice{Text: "Un pseudonyme, vraiment.", Icon: "veil"}), part.NoticeOf(l, part.Notice{Tone: part.Attend, Bold: "À trancher.", Text: "Deux valeurs."}), part.NoticeOf(l, part.Notice{Tone: part.Problem, Text: "Rien n’a été changé."}),
		with(part.Empty("Pas trouvé\u202f?", "Demandez-le à qui le sait."), part.Acts([]part.Act{{Text: "Poser la question", Icon: "ask", Href: "/ask", Gift: true}})),
		part.Steps(l, []part.Step{{Text: "Fichier", Past: true, Href: "?1"}, {Text: "Colonnes", Current: true}, {Text: "Import"}}),
		sequence("row", part.Face("Ana Exemple", pollen.PersonaNamed, part.Mini), part.Face("Héron", pollen.PersonaPseudonym, part.Mini)),
	)
}

func facets(l *i18n.Locale) templ.Component {
	return part.FacetsOf(l, part.Facets{Hint: "Nom, code", Hidden: []part.Hidden{{"sort", "name"}}, Clear: "?", All: []part.Facet{
		{Name: "life", Label: "Fraîcheur", Terms: []part.FacetTerm{{Value: "late", Label: "À revoir", Count: "58", State: part.Late, Grain: true}, {Value: "due", Label: "À confirmer", Count: "97", State: part.Due, Grain: true}}},
		{Name: "type", Label: "Type", Terms: []part.FacetTerm{{Value: "p", Label: "Poste", Count: "88", Chosen: true}, {Value: "b", Label: "Bureaux", Count: "31"}}, More: &part.Link{Text: "4 autres types", Href: "?all"}},
	}})
}

func table(l *i18n.Locale) templ.Component {
	row := func(title, town, phone string, s part.State) part.TableRow {
		return part.TableRow{Title: part.Link{Text: title, Href: "/c/sites/" + title}, Pick: title, Cells: []part.Cell{
			{Shown: []part.Shown{{Text: town}}}, {Shown: []part.Shown{{Text: phone, Code: true, State: s}}}, {}, {Shown: []part.Shown{{Text: "12"}}}, {Shown: []part.Shown{{Text: "12 nov."}}, Soft: true}}}
	}
	return part.TableOf(l, part.Table{Name: "Tableau des sites", Caption: "Sites, triés par nom.",
		Columns: []part.Column{{Label: "Site", Href: "?sort=-site", Sort: part.Ascending}, {Label: "Commune", Href: "?sort=c", Tight: true}, {Label: "Standard", Tight: true}, {Label: "Référent"}, {Label: "Étages", Number: true}, {Label: "Revu", Tight: true}},
		Rows:    []part.TableRow{row("Agence du Pont", "Pont-d’Ervel", "01 99 00 20 10", part.Fresh), row("Atelier", "Sainte-Flaine", "01 99 00 22 48", part.Due), row("Dépôt de la Gravière", "Corvenay", "01 99 00 12 77", part.Late)}})
}

func revisions(l *i18n.Locale) templ.Component {
	by := part.Author{Name: "Mia Exemple", Href: "/p/mia"}
	when := part.When{At: today, Words: "hier, 17 h 40"}
	return sequence("stack", part.Revisions(l, []part.Revision{
		{N: 44, What: "Bureau", By: by, When: when, Note: "Déménagé au deuxième étage."}, {What: "Téléphone confirmé par 3 personnes", When: when}, {N: 43, What: "Unité, Responsable", By: part.Author{Name: "Import du registre"}, When: when, About: part.Say(l, "part.nth", "{label}, {n}", "label", part.Anchor(part.Link{Text: "lot", Href: "/b/118"}), "n", 1204)},
	}, 43, 44))
}

func diff(l *i18n.Locale) templ.Component {
	return part.Diff(l, []part.DiffField{{Label: "Bureau", Old: "B 2.08", New: "B 2.14"}, {Label: "Mobile", New: "06 39 98 45 12"}, {Label: "Texte", Pieces: []part.DiffPiece{{part.Same, "L’appeler "}, {part.Delete, "avant 20 heures"}, {part.Insert, "avant 19 heures"}, {part.Same, "."}}}})
}

func search(l *i18n.Locale) templ.Component {
	return sequence("stack", part.SearchField(l, part.Search{ID: "q-big", Query: "corv", Hint: "Une personne, un site, un code…", Big: true, Collection: "sites"}),
		part.Hits(l, []part.Hit{{Kind: "Site", Title: []part.Piece{{"Base nord de ", false}, {"Corvenay", true}}, Href: "/c/sites/base", About: []part.Piece{{"Chemin des Écluses", false}}, Values: []part.HitValue{{"Standard", part.Shown{Text: "01 99 00 12 34", Code: true, State: part.Due}}}}}))
}
