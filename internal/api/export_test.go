package api

// ParseDeliveryToken reads the token of a page behind a delivery, and writes it again.
func ParseDeliveryToken(token string) (again string, err error) {
	ref, err := parseDeliveryToken(token)
	return deliveryToken(ref), err
}
