"""Programs that wait: sleep costs no time, and who waits in vain is told so."""
