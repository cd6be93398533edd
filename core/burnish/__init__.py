"""burnish: the host that trains, evaluates and runs image restorers; what plugin authors import."""
