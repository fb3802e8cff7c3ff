package engine

import "fmt"

// Scan makes *Verbatim a destination.
func (v *Verbatim) Scan(src any) error {
	switch src := src.(type) {
	case string:
		*v = Verbatim(src)
	case []byte:
		*v = Verbatim(src)
	default:
		return fmt.Errorf("text column holds %T", src)
	}
	return nil
}
