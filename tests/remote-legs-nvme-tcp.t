#!/bin/bash
# takes 30 s
# P1 to P5 with legs on other machines, over NVMe/TCP, in short (remote-legs-nbd.t has more). Under a load that verifies
# all it has written, a machine's link is slowed, cut and mended: with fast_io_fail_tmo only the leg that is behind it is
# failed and blamed, and comes back by itself for `restore`; without, the load waits until the link is mended. The legs
# are identical in the end.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/remote-legs.sh"

loop_legs 3 8192
legs=("${disks[0]}")
make_host berlin
make_host paris
nvme_serve berlin 1
nvme_serve paris 2
ok 'a leg in Berlin' nvme_connect berlin keep_alive_tmo=3 reconnect_delay=1 ctrl_loss_tmo=-1
legs+=("$nvme")
ok 'a leg in Paris' nvme_connect paris keep_alive_tmo=3 reconnect_delay=1 ctrl_loss_tmo=-1
legs+=("$nvme")
quorum_create q 2 "${legs[@]}" -- max_leg_errors 4
write_at /dev/mapper/q 0 8192 0
begin_load_and_slow_berlin

# --- cut, for a leg without fast_io_fail_tmo, but who reads and writes does not wait for it. (NBD's driver makes them wait
# when its send buffer is full.)
ok 'a table that waits for two legs of three' quorum_reload q 2 "${legs[@]}" -- max_leg_errors 4 read_pattern fast \
	write_ack threshold
cut_link paris
ok 'the link to Paris is cut: the load goes on' works 50
is "$(health q) $(event_count DM_ACTION=QUORUM_LEG_FAILED)" 'AAA 0' 'with all legs'
mend_link paris
ok 'it is mended: a table that waits for all' quorum_reload q 2 "${legs[@]}" -- max_leg_errors 4
ok 'the load goes on' works
is "$(errors_of q 2) $(health q)" '0 AAA' 'without an error'
ok 'nobody is blamed' nobody_blamed q

# --- the same with a table that waits for all: so does the load, and goes on when the link is mended
cut_link paris
ok 'the link to Paris is cut: that is noticed' poll nvme_is "${controllers[1]}" connecting
ok 'the load stands still' poll stands_still
mend_link paris
ok 'it is mended: the load goes on' works
is "$(health q)" AAA 'all is well'
ok 'nobody is blamed' nobody_blamed q

# --- cut, for a leg with it: only now, as it may strike on a machine that has no time
echo 1 > "/sys/class/nvme/${controllers[0]}/fast_io_fail_tmo"
cut_link berlin
ok 'the link to Berlin is cut: the leg is failed' wait_events 1 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1
ok 'the load goes on' works 200
is "$(health q)" ADA 'without it'
ok 'nobody else is blamed' nobody_blamed q 1
settle q
errors=$(errors_of q 1)
# and of those that were under way, perhaps some more
ok 'its errors are counted' test "$errors" -ge 4
echo -1 > "/sys/class/nvme/${controllers[0]}/fast_io_fail_tmo"
mend_link berlin
ok 'the link is mended, and the kernel connects' poll nvme_is "${controllers[0]}" live
ok 'the leg is restored' restored q 1
ok 'and recovered' recovered q
ok 'the load goes on' works
ok 'and is right to the end' load_was_fine
is "$(errors_of q 1) $(health q)" "$errors AAA" 'without another error'
ok 'nobody else is blamed' nobody_blamed q 1
is "$(event_count DM_ACTION=QUORUM_FAILURE)" 0 'no request has failed'
is "$(event_values DM_QUORUM_LEG DM_ACTION=QUORUM_REPORT_BAD | sort -u)" 1 'only the leg in Berlin was reported'
ok 'the legs are identical' identical
done_testing
