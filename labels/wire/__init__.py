"""How bytes travel to a printer: plain values in, no Django. The server's transports and the site's agent share it."""
