package turnstone

import "time"

// FirstDefinitionID is the number behind which elements that accounts bring along are
// numbered. Those that everybody has have the platform's numbers, which are smaller.
const FirstDefinitionID = 100_000

// Definition is an element that an account brought along: made here, or imported from
// an export of the platform.
type Definition struct {
	ID        int64
	AccountID int64
	Key       string // of the element, unique in the account
	// Base is the key of an element that everybody has and that this one is a copy of;
	// empty: File says what it is.
	Base string
	// Active says that new instances may be made of it.
	Active    bool
	CreatedAt time.Time
	UpdatedAt time.Time
	// Revision counts the changes of all definitions; 0 for one that is not stored.
	Revision int64
	Report   string // JSON: what an import could not carry over; empty: nothing was imported
	File     []byte // the element in our format
	Export   []byte // what it was imported from, without secrets; empty: nothing
}
