package oauth

import "turnstone"

// maxCached bounds the memory of the cache to some tens of megabytes: a token
// that is a JWT has two or three kilobytes.
const maxCached = 10_000

// cached is a credential that could be used when it was read, and the revision
// of the instance it was read for. A later revision may have another credential.
type cached struct {
	credential turnstone.Credential
	revision   int64
}

// remembered returns the credential of in if it is in the cache. It may have been
// replaced since by another process; then the vendor refuses it, and Renew finds
// its successor.
func (k *Keeper) remembered(in turnstone.Instance) (turnstone.Credential, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.cache[in.ID]
	return c.credential, ok && c.revision >= in.Revision
}

func (k *Keeper) remember(in turnstone.Instance, c turnstone.Credential) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cache == nil {
		k.cache = map[int64]cached{}
	}
	if len(k.cache) >= maxCached {
		for id := range k.cache { // any one will do: reading it again is cheap
			delete(k.cache, id)
			break
		}
	}
	k.cache[in.ID] = cached{credential: c, revision: in.Revision}
}

func (k *Keeper) forget(instanceID int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.cache, instanceID)
}
