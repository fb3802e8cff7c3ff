package catalogue

import (
	"net/http"
	"slices"
	"strconv"

	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
	"turnstone/internal/legacy"
)

// createField adds a configuration entry to an imported element.
func (a *API) createField(c *rest.Call) (any, error) {
	entry, err := fieldOf(c)
	if err != nil {
		return nil, err
	}
	key, _ := entry["key"].(string)
	return a.amendFields(c, key, func(all []map[string]any) ([]map[string]any, error) {
		if indexOf(all, key) >= 0 {
			return nil, rest.Failuref(http.StatusConflict, "there is a configuration entry %s already; change it with PUT", rest.Excerpt(key))
		}
		return append(all, entry), nil
	})
}

// replaceField replaces a configuration entry, which keeps its key.
func (a *API) replaceField(c *rest.Call) (any, error) {
	entry, err := fieldOf(c)
	if err != nil {
		return nil, err
	}
	return a.amendFields(c, c.PathValue("key"), func(all []map[string]any) ([]map[string]any, error) {
		i, err := existing(c, all)
		if err != nil {
			return nil, err
		}
		entry["key"] = all[i]["key"]
		all[i] = entry
		return all, nil
	})
}

func (a *API) deleteField(c *rest.Call) (any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	_, err := a.amendFields(c, "", func(all []map[string]any) ([]map[string]any, error) {
		i, err := existing(c, all)
		if err != nil {
			return nil, err
		}
		return slices.Delete(all, i, i+1), nil
	})
	return nil, err
}

// fieldOf reads a configuration entry as it is sent.
func fieldOf(c *rest.Call) (map[string]any, error) {
	entry, err := changed(c)
	if err != nil {
		return nil, err
	}
	key, isText := entry["key"].(string)
	if (key == "" || !isText) && c.PathValue("key") == "" {
		return nil, rest.Failuref(http.StatusBadRequest, `key: is missing; write the key of the entry, as in {"key": "api.key", "name": "API Key", "type": "PASSWORD"}`)
	}
	return entry, nil
}

// existing returns where the entry of the path stands.
func existing(c *rest.Call, all []map[string]any) (int, error) {
	i := indexOf(all, c.PathValue("key"))
	if i < 0 {
		return 0, rest.Failuref(http.StatusNotFound, "the element has no configuration entry %s of its own; GET %s/elements/%s/configuration lists them",
			rest.Excerpt(c.PathValue("key")), rest.Prefix, rest.Excerpt(c.PathValue("element")))
	}
	return i, nil
}

// indexOf returns where the entry with a key, or the number that we give it, stands.
func indexOf(all []map[string]any, keyOrID string) int {
	return slices.IndexFunc(all, func(entry map[string]any) bool {
		key, _ := entry["key"].(string)
		return key == keyOrID || strconv.FormatInt(instance.EntryID(key), 10) == keyOrID
	})
}

// amendFields changes the configuration of an imported element, and answers with the
// entry of a key.
func (a *API) amendFields(c *rest.Call, key string, revise func([]map[string]any) ([]map[string]any, error)) (any, error) {
	d, err := a.Own.Amend(c.Context(), c.Identity.AccountID, c.PathValue("element"), func(o legacy.Object) error {
		all, err := revise(o.Configuration())
		if err == nil {
			o.SetConfiguration(all)
		}
		return err
	})
	if err != nil {
		return nil, ownRefusal(c, err)
	}
	c.Changed("configuration." + key)
	el, err := a.Own.Find(c.Context(), c.Identity.AccountID, d.Key)
	if err != nil {
		return nil, err
	}
	for _, f := range fieldViews(el) {
		if f.Key == key || strconv.FormatInt(f.ID, 10) == key {
			return f, nil
		}
	}
	return struct{}{}, nil // the entry became a part of the element itself
}
