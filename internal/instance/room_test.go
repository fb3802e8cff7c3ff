package instance_test

import (
	"context"
	"errors"
	"testing"

	"turnstone"
)

// A code works once: it must not be spent on an instance for which there is no room.
func TestTheVendorIsNotAskedForAnAccountThatIsFull(t *testing.T) {
	h := newHouse(t)
	full := &turnstone.LimitError{Limit: turnstone.LimitInstances, Most: 7}
	h.Room = func(_ context.Context, accountID int64) error {
		if accountID != h.owner.AccountID {
			t.Errorf("Room was asked about account %d, want %d", accountID, h.owner.AccountID)
		}
		return full
	}
	if _, err := h.Create(t.Context(), h.owner, input()); !errors.Is(err, full) {
		t.Errorf("Create = %v, want %v", err, full)
	}
	if h.vendor.asked != 0 {
		t.Errorf("the vendor was asked %d times, want never", h.vendor.asked)
	}
}
