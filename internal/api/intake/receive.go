package intake

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"turnstone/internal/api/rest"
	"turnstone/internal/intake"
)

// headerInstances names the instances that a webhook is for.
const headerInstances = "Element-Instances"

// receive takes a webhook in.
func (a *API) receive(c *rest.Call) (any, error) {
	leave, err := a.place(c)
	if err != nil {
		return nil, err
	}
	defer leave()
	instances, err := instancesOf(c)
	if err != nil {
		return nil, err
	}
	body, err := c.Bytes()
	if err != nil {
		return nil, err
	}
	answer, err := a.inbox.Receive(c.Context(), intake.Request{
		Element: a.key(c), Instances: instances, Header: c.Header, Query: c.URL.Query(), Body: body,
	})
	if problem, is := errors.AsType[*intake.Problem](err); is {
		return nil, rest.Failuref(statuses()[problem.Kind], "%s", problem.Text)
	}
	if err != nil {
		return nil, err
	}
	return said(c, answer), nil
}

// statuses are those of problems. A hook that failed is ours to mend: the vendor is to
// send the webhook again.
func statuses() map[intake.Kind]int {
	return map[intake.Kind]int{
		intake.Unreadable:  http.StatusBadRequest,
		intake.TooLarge:    http.StatusRequestEntityTooLarge,
		intake.Unsupported: http.StatusUnsupportedMediaType,
		intake.Nobody:      http.StatusNotFound,
		intake.Unproven:    http.StatusUnauthorized,
		intake.Broken:      http.StatusInternalServerError,
	}
}

// said returns an answer as it is rendered; nil is an empty object.
func said(c *rest.Call, answer intake.Answer) any {
	for name, value := range answer.Header {
		c.Reply.Set(name, value)
	}
	if answer.Body == nil {
		return nil
	}
	return rest.Stream{ContentType: answer.ContentType, Write: func(w io.Writer) error {
		_, err := w.Write(answer.Body)
		return err
	}}
}

// key returns the key of the element in the path, which may be named by its id.
func (a *API) key(c *rest.Call) string {
	name := c.PathValue("element")
	if el, err := a.Elements.Find(c.Context(), c.Identity.AccountID, name); err == nil {
		return el.Key
	}
	return name
}

// maxInstances bounds the instances that a header names.
const maxInstances = 100

// instancesOf returns the instances that the path or a header names; nil: none does.
func instancesOf(c *rest.Call) ([]int64, error) {
	if encoded := c.PathValue("encoded"); encoded != "" {
		id, ok := decodeID(encoded)
		if !ok {
			return nil, rest.Failuref(http.StatusNotFound, "%s is no instance; end the path with the id of an instance in base64, as MjA5MzE= is 20931", rest.Excerpt(encoded))
		}
		return []int64{id}, nil
	}
	var ids []int64
	for text := range strings.SplitSeq(strings.Join(c.Header.Values(headerInstances), ","), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return nil, rest.Failuref(http.StatusBadRequest, "the header %s names %s; write the ids of instances, with commas between them", headerInstances, rest.Excerpt(text))
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) > maxInstances {
		return nil, rest.Failuref(http.StatusBadRequest, "the header %s names %d instances; write at most %d", headerInstances, len(ids), maxInstances)
	}
	return ids, nil
}

// decodeID reads the id of an instance: in base64 of either alphabet, with padding or
// without, as the platform's guides told vendors to write it, or in digits, as one did.
func decodeID(text string) (int64, bool) {
	digits := text
	if strings.Trim(text, "0123456789") != "" {
		plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
		decoded, err := base64.RawStdEncoding.DecodeString(plain)
		if err != nil {
			return 0, false
		}
		digits = string(decoded)
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, err == nil && id > 0 && strings.Trim(digits, "0123456789") == ""
}
