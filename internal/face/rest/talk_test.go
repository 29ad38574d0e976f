package rest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pollen/client"
)

func TestTalkAndThanksOverTheAPI(t *testing.T) {
	s := serve(t)
	ctx, ana, bob, anybody := t.Context(), s.as("Ana"), s.as("Bob"), s.as("")
	e, err := ana.Create(ctx, "sites", map[string]any{"code": "S1", "name": "Dépôt"})
	if err != nil {
		t.Fatal(err)
	}
	ask, err := ana.Say(ctx, e.ID, client.Say{Kind: "ask", Body: "Who has *the key*?", Field: "access"})
	if err != nil || ask.Field != "access" || ask.By != "ana" || ask.Thread != ask.Contribution {
		t.Fatalf("%+v, %v", ask, err)
	}
	answer, err := bob.Say(ctx, e.ID, client.Say{Kind: "answer", Body: "I have.", To: ask.Contribution})
	if err != nil || answer.Thread != ask.Contribution {
		t.Fatalf("%+v, %v", answer, err)
	}
	if err := ana.Helped(ctx, answer.Contribution); err != nil {
		t.Error(err)
	}
	if err := ana.Thank(ctx, answer.Contribution, "You saved my day."); err != nil {
		t.Error(err)
	}
	status(t, ana.Thank(ctx, answer.Contribution, ""), http.StatusConflict)
	status(t, bob.Thank(ctx, answer.Contribution, ""), http.StatusForbidden)
	status(t, anybody.Thank(ctx, answer.Contribution, ""), http.StatusUnauthorized)
	if answer, err = bob.EditWords(ctx, answer.Contribution, "I have it."); err != nil || answer.Edited.IsZero() {
		t.Errorf("%+v, %v", answer, err)
	}
	_, err = ana.EditWords(ctx, answer.Contribution, "Mine.")
	status(t, err, http.StatusForbidden)

	p, err := anybody.Talk(ctx, e.ID, url.Values{"limit": {"1"}})
	if err != nil || len(p.Items) != 1 || p.Next == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err = anybody.Talk(ctx, e.ID, url.Values{"limit": {"1"}, "cursor": {p.Next}}); err != nil || len(p.Items) != 1 || p.Items[0].Body != "I have it." || p.Items[0].Helped.IsZero() || p.Next != "" {
		t.Errorf("%+v, %v", p, err)
	}
	c, err := anybody.Contribution(ctx, answer.Contribution)
	if err != nil || c.Kind != "answer" || c.Words == nil || c.Words.Body != "I have it." || len(c.Thanks) != 1 || c.Thanks[0].By != "ana" || c.Thanks[0].Note != "You saved my day." {
		t.Errorf("%+v, %v", c, err)
	}
	if err := ana.WithdrawThanks(ctx, answer.Contribution); err != nil {
		t.Error(err)
	}
	status(t, ana.WithdrawThanks(ctx, answer.Contribution), http.StatusNotFound)

	if err := bob.Report(ctx, ask.Contribution, "off-topic", ""); err != nil {
		t.Error(err)
	}
	reports := struct {
		Items []struct {
			ID, Reason, Outcome string
			Words               client.Words
		}
	}{}
	if err := s.as("Eve").Do(ctx, http.MethodGet, "/api/v1/communities/commons/reports", nil, &reports); err != nil || len(reports.Items) != 1 || reports.Items[0].Words.Body != ask.Body {
		t.Fatalf("%+v, %v", reports, err)
	}
	status(t, anybody.Do(ctx, http.MethodGet, "/api/v1/communities/commons/reports", nil, nil), http.StatusUnauthorized)
	if err := s.as("Eve").Do(ctx, http.MethodPost, "/api/v1/reports/"+reports.Items[0].ID+"/answer", map[string]string{"outcome": "kept", "answer": "It is a question."}, nil); err != nil {
		t.Error(err)
	}
	if err := ana.WithdrawWords(ctx, ask.Contribution); err != nil {
		t.Error(err)
	}
	if c, err := anybody.Contribution(ctx, ask.Contribution); err != nil || c.Words.Body != "" || c.Words.Withdrawn.IsZero() {
		t.Errorf("%+v, %v", c, err)
	}
	for _, path := range []string{"/api/v1/contributions/nonsense", "/api/v1/contributions/0000000000001", "/api/v1/entries/0000000000001/talk"} {
		if resp, body := s.send(t, "GET", path, ""); resp.StatusCode != http.StatusNotFound || !strings.Contains(body, `"not-found"`) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}
