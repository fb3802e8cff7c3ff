package instance

// CallbackHeaders lets the fuzz test read headers without a database.
var CallbackHeaders = callbackHeaders
