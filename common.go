package turnstone

// KeyTransformations is the configuration key of an instance that wants its events
// under the names of its common resources.
const KeyTransformations = "event.transformations.enabled"

// ObjectDefinition says which fields a common resource has: a kind of object under
// names of the account's own, which are the same whatever the vendor calls them.
type ObjectDefinition struct {
	AccountID  int64
	InstanceID int64 // 0: it is for all instances of the account
	Name       string
	Fields     []ObjectField
}

// ObjectField is a field of a common resource.
type ObjectField struct {
	Path string `json:"path"` // names with dots between them; [*] behind one: of each item
	Type string `json:"type,omitempty"`
}

// Transformation says what a common resource is called by a vendor. That of an
// instance goes before that of its account.
type Transformation struct {
	AccountID  int64
	InstanceID int64  // 0: it is for all instances of Element in the account
	Element    string // key; empty of an instance
	Name       string // of the common resource
	Mapping    Mapping
}

// Mapping says where the fields of a common resource stand in the vendor's records.
type Mapping struct {
	VendorName string        `json:"vendorName"` // the vendor's resource
	Fields     []MappedField `json:"fields"`
	// Strict leaves out of records what Fields do not name, and StrictWrites out of
	// what is written.
	Strict       bool `json:"strict,omitempty"`
	StrictWrites bool `json:"strictWrites,omitempty"`
}

// MappedField is one field under both its names.
type MappedField struct {
	Path       string `json:"path"`
	VendorPath string `json:"vendorPath,omitempty"` // empty: the vendor has no such field
	Type       string `json:"type,omitempty"`
	VendorType string `json:"vendorType,omitempty"`
	// Dropped leaves the field out of records, and DroppedWrites out of what is written.
	Dropped       bool `json:"dropped,omitempty"`
	DroppedWrites bool `json:"droppedWrites,omitempty"`
}

// CommonFilter selects definitions or transformations of an account, by instance.
type CommonFilter struct {
	AccountID int64
	From, To  int64  // the first and the last instance; 0 and 0: those of the whole account
	Wide      bool   // also those of the whole account
	Element   string // of transformations of the whole account; empty: any
	Name      string // empty: any
}
