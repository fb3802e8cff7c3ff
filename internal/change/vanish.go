package change

import (
	"encoding/json"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
)

// Vanished returns the verdict on an object that the vendor does not list any more.
// Its record holds the id alone, at the path of IDField, as text whatever it was.
// Numbers in the path name members, too: of a list that held the id nothing else is
// left. What is learned of the object has no date, so that whatever comes back under
// its id is news.
func (r Rule) Vanished(known turnstone.Version) Verdict {
	gone := known
	gone.Gone, gone.Updated, gone.Record = true, time.Time{}, nil
	return Verdict{
		Object: Object{Version: gone, Record: r.idAlone(known.ObjectID)},
		Op:     turnstone.Deleted, Reason: turnstone.ReasonVanished, Learn: true, Remember: true,
	}
}

// idAlone returns a record that holds nothing but an id.
func (r Rule) idAlone(id string) json.RawMessage {
	var record, end []byte
	for _, name := range names(r.IDField) {
		record = append(gjson.AppendJSONString(append(record, '{'), name), ':')
		end = append(end, '}')
	}
	return append(gjson.AppendJSONString(record, id), end...)
}
