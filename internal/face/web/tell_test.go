package web

import (
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/i18n"
)

// Every act that Pollen writes is told in a sentence of its own.
func TestEveryActIsToldInWords(t *testing.T) {
	words := []pollen.ActKind{pollen.ActAsk, pollen.ActAnswer, pollen.ActComment, pollen.ActEdit, pollen.ActWithdraw, pollen.ActHelp, pollen.ActReport, pollen.ActThank, pollen.ActSeen}
	written := map[pollen.ObjectKind][]pollen.ActKind{
		pollen.ObjectEntry: append([]pollen.ActKind{pollen.ActCreate, pollen.ActRevise, pollen.ActVerify, pollen.ActRetire, pollen.ActRestore, pollen.ActRevert,
			pollen.ActMerge, pollen.ActRename, pollen.ActErase}, words...),
		pollen.ObjectBatch:      {pollen.ActImport, pollen.ActRevert, pollen.ActRevise, pollen.ActSeen},
		pollen.ObjectCollection: {pollen.ActFound, pollen.ActSchema},
		pollen.ObjectCommunity:  {pollen.ActFound, pollen.ActJoin, pollen.ActInvite, pollen.ActLeave, pollen.ActSchema},
		pollen.ObjectPersona:    {pollen.ActToken, pollen.ActRename, pollen.ActClaim, pollen.ActDisclaim, pollen.ActContest, pollen.ActLeave, pollen.ActErase},
	}
	told := teller{}
	for object, kinds := range written {
		for _, kind := range kinds {
			for _, l := range []*i18n.Locale{i18n.English, i18n.Get("fr")} {
				said := sentence(t, &told, l, &journal.Act{Kind: kind, Object: pollen.Object{Kind: object, ID: 1}})
				if strings.Contains(said, "did something") || strings.Contains(said, "a fait quelque chose") || strings.Contains(said, "a fait autre chose") {
					t.Errorf("%s of %s: %s", kind, object, said)
				}
			}
		}
	}
}

// What was erased has left nothing to name and no page to lead to.
func TestAnErasedEntryIsNotNamedByItsIdentifier(t *testing.T) {
	id := pollen.EntryID(7)
	told := teller{entries: map[pollen.EntryID]registry.Link{id: {Collection: pollen.People, Slug: id.String(), Title: id.String()}}}
	said := sentence(t, &told, i18n.English, &journal.Act{Kind: pollen.ActRevise, Object: pollen.Ref(pollen.ObjectEntry, id)})
	if strings.Contains(said, id.String()) || !strings.Contains(said, "improved an erased entry") {
		t.Error(said)
	}
}

func sentence(t *testing.T, told *teller, l *i18n.Locale, a *journal.Act) string {
	t.Helper()
	var b strings.Builder
	text, _ := told.tell(&view{Locale: l}, &story{Act: *a})
	if err := text.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
