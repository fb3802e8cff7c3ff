package provider

// Limiters returns how many rate limiters the client holds.
func (c *Client) Limiters() int {
	c.limits.mu.Lock()
	defer c.limits.mu.Unlock()
	return len(c.limits.limiters)
}
