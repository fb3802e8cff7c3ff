package history

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
)

// csvHead are the columns of a table of events.
var csvHead = []string{"eventId", "notificationId", "eventDate", "status", "instanceId", "resource", "eventTypes", "objectIds"}

// csv answers events as a table, without their records.
func (a *API) csv(c *rest.Call, s scope, events []turnstone.Event) (any, error) {
	notified, err := a.notified(c, s, events)
	if err != nil {
		return nil, err
	}
	write := func(w io.Writer) error {
		table := csv.NewWriter(w)
		if err := table.Write(csvHead); err != nil {
			return err
		}
		for _, e := range events {
			if err := table.Write(row(e, status(notified[e.ID]))); err != nil {
				return err
			}
		}
		table.Flush()
		return table.Error()
	}
	return rest.Stream{ContentType: "text/csv;charset=UTF-8", Name: "events.csv", Write: write}, nil
}

func row(e turnstone.Event, s turnstone.EventStatus) []string {
	ops := make([]string, len(e.Ops))
	for i, op := range e.Ops {
		ops[i] = string(op)
	}
	return []string{
		cell(e.Key), strconv.FormatInt(e.ID, 10), rest.ISOTime(e.CreatedAt), string(s), strconv.FormatInt(e.InstanceID, 10),
		cell(e.Resource), strings.Join(ops, " "), cell(strings.Join(e.Objects, " ")),
	}
}

// cell returns text that no spreadsheet takes for a formula: a vendor's ids are no
// reason to run anything.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
