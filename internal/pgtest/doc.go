// Package pgtest gives tests a PostgreSQL of their own: a throwaway cluster in a
// temporary folder, databases copied from a template, and a [Proxy] that parts
// programs from it.
//
// A test takes the cluster of its process and a database of its own:
//
//	url := pgtest.Shared(t).Database(t, "")
//
// Tests that stop, kill or tune the server start a cluster with [Start].
//
// It promises that no server and no file outlives the process that started it,
// however that ends: a watchdog, which is a process of its own, sees to both.
// So nothing has to be closed, and no TestMain is needed.
//
// It refuses to use a server that happens to run, to listen on the network (the
// server has a socket in a folder that only its owner may enter), and to skip a
// test where PostgreSQL is missing: that fails, and says how to install it.
package pgtest
