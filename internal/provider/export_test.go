package provider

// Limiters returns how many rate limiters the client holds.
func (c *Client) Limiters() int {
	c.limits.limiters.mu.Lock()
	defer c.limits.limiters.mu.Unlock()
	return len(c.limits.limiters.values)
}

// Rations returns how many rations the client holds.
func (c *Client) Rations() int {
	c.rations.mu.Lock()
	defer c.rations.mu.Unlock()
	return len(c.rations.values)
}

// IsJSON reports whether text is read as a document.
func IsJSON(text []byte) bool {
	_, ok := readDocument(text)
	return ok
}

// Find returns the text of the value at the path in a document.
func Find(text []byte, path string) string {
	d, _ := readDocument(text)
	return string(d.raw(path))
}

// Lacks reports whether a document is known to have nothing at the path.
func Lacks(text []byte, path string) bool {
	d, _ := readDocument(text)
	return d.lacks(path)
}

// Read returns a successful answer as it is when it has been read.
func Read(body []byte) Answer {
	d, _ := readDocument(body)
	return Answer{Body: body, doc: d}
}
