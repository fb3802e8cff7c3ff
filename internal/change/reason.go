package change

import (
	"fmt"

	"turnstone"
)

// Because says in words why a record became a change, or did not: a sentence for
// the people whose record it is, who know nothing of us but that we look for
// changes. Of a reason that it does not know it says so.
func Because(reason turnstone.Reason) string {
	if sentence, ok := sentences[reason]; ok {
		return sentence
	}
	return fmt.Sprintf("The reason is recorded as %q, which this version cannot explain.", reason)
}

// sentences are what Because says.
var sentences = map[turnstone.Reason]string{
	turnstone.ReasonNew:      "We saw this record for the first time, and its dates do not show that it is older, so we reported it as new.",
	turnstone.ReasonSeen:     "We saw this record for the first time, but its dates do not show that it is new, so we reported it as updated.",
	turnstone.ReasonDiffers:  "The content of this record differs from what we saw last, so we reported the change.",
	turnstone.ReasonSame:     "The content of this record is what we saw last, so there was nothing to report.",
	turnstone.ReasonEarlier:  "The dates of this record lie before the time from which on we were asked to report changes, so we reported nothing.",
	turnstone.ReasonThere:    "This record was there when we first read the list and has no date that shows a later change, so we noted its content and reported nothing.",
	turnstone.ReasonStale:    "We were shown an older state of this record than the one we had seen already, so we reported nothing.",
	turnstone.ReasonTwin:     "This record was listed twice with different content and the same date. One of the two is what we saw last; which one holds cannot be told, so we reported nothing.",
	turnstone.ReasonLater:    "This record was changed while we were reading the list. We left it to the next reading, as the configuration asks.",
	turnstone.ReasonOutside:  "The date of this record lies before the time we were looking at. The configuration asks to leave such records out, so we reported nothing.",
	turnstone.ReasonMapping:  "The way this record is read was reconfigured, and nothing shows that the record itself has changed, so we reported nothing.",
	turnstone.ReasonMarked:   "The vendor marks this record as deleted. We report that once, for records that were not deleted when we saw them before.",
	turnstone.ReasonVanished: "The vendor does not list this record any more, and we made sure of that, so we reported it as deleted.",
	turnstone.ReasonBack:     "This record had been deleted and is there again, so we reported it as new.",
	turnstone.ReasonTold:     "The vendor told us of this change itself, and we passed it on.",
	turnstone.ReasonLagging:  "The vendor had told us a moment before that this record is deleted. Lists learn of that later, and this one still showed the record as it was, so we reported nothing.",
	turnstone.ReasonReplay:   "Somebody asked for the changes of that time to be reported once more, and this record is one of them.",
}
