package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
)

// collectionSettings are what the operator says of one collection, in the order
// in which they are shown. Its members say the same, but for what would show
// values to more people than ever before, or than the operator decided.
var collectionSettings = []string{"audience", "licence", "source", "version"}

// SetCollection changes what a collection says of itself; version returns it to
// what it was. It fails with Invalid on a setting or a value that cannot be.
func (a *App) SetCollection(ctx context.Context, slug, name, value string) (err error) {
	defer pollen.Wrap(&err, "app.SetCollection", slug, name)
	var am registry.Amendment
	switch name {
	case "audience":
		if value == "" {
			value = string(pollen.AudienceMembers)
		}
		am.Audience = pollen.Audience(value)
	case "licence":
		am.Licence = &value
	case "source":
		am.Source = &value
	case "version":
		if am.To, err = strconv.Atoi(value); err != nil || am.To < 1 {
			return pollen.Errorf(pollen.Invalid, "app.version", "“{value}” is no version of a collection: they are numbered from 1.", "value", value)
		}
	default:
		return noCollectionSetting(name)
	}
	if err := a.known(ctx, a.System, slug); err != nil {
		return err
	}
	if _, _, err := a.Registry.Amend(ctx, a.System, slug, am); err != nil {
		return err
	}
	return a.Settle(ctx)
}

func noCollectionSetting(name string) error {
	return pollen.Errorf(pollen.Invalid, "app.collection-setting", "A collection has no setting “{name}”. There are: {settings}.", "name", name, "settings", strings.Join(collectionSettings, ", "))
}

// CollectionSettings lists what a collection says of itself, or one setting by
// its name. It fails with NotFound, and with Invalid when there is no setting of
// that name.
func (a *App) CollectionSettings(ctx context.Context, slug, name string) (all []Setting, err error) {
	defer pollen.Wrap(&err, "app.CollectionSettings", slug)
	if name != "" && !slices.Contains(collectionSettings, name) {
		return nil, noCollectionSetting(name)
	}
	if err := a.known(ctx, a.System, slug); err != nil {
		return nil, err
	}
	c, err := a.Registry.Collection(ctx, a.System, slug)
	if err != nil {
		return nil, err
	}
	all = []Setting{{"audience", string(c.Audience)}, {"licence", c.Licence}, {"source", c.Source}, {"version", strconv.Itoa(c.Version)}}
	return slices.DeleteFunc(all, func(s Setting) bool { return name != "" && s.Name != name }), nil
}
