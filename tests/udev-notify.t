#!/bin/bash
# Promise: udevd neither waits for the event handler nor kills it, and where systemd runs, the handler becomes a unit of
# its own, with each of the event's keys passed as one word.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

notify=/usr/lib/udev/dm-quorum-notify
handler=/usr/lib/dm-quorum/event-handler

# --- a handler that does not come to an end
mkfifo "$work/gate"
cat > "$work/handler" << EOF
#!/bin/bash
echo "started \$DM_ACTION \$DM_QUORUM_LEG" >> $work/handled
read -r < $work/gate
echo "ended \$DM_QUORUM_LEG" >> $work/handled
EOF
chmod +x "$work/handler"
mount --bind "$work/handler" $handler
trap 'umount $handler; finish' EXIT
touch "$work/handled"

loop_legs 3 16384
dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
devices+=(q)
udevadm settle
record_events
message q fail 2
wait_events 1
ok 'the handler is started' poll grep -q '^started QUORUM_LEG_FAILED 2' "$work/handled"
ok 'udev is done with the event while the handler still runs' udevadm settle --timeout=170
is "$(cat "$work/handled")" 'started QUORUM_LEG_FAILED 2' 'which it does'
echo go > "$work/gate"
ok 'the handler runs to its end' poll grep -q '^ended 2' "$work/handled"

# --- where systemd runs: a stand-in for it takes down what it is told
if [ -e /run/systemd/system ] || [ -e /usr/bin/systemd-run ]; then
	diag 'systemd is here: its part is not tested'
	done_testing
fi
cat > /usr/bin/systemd-run << EOF
#!/bin/bash
printf '[%s]\n' "\$@" > $work/told
EOF
chmod +x /usr/bin/systemd-run
mkdir -p /run/systemd/system
trap 'rm /usr/bin/systemd-run; rmdir /run/systemd/system; umount $handler; finish' EXIT
env -i DEVNAME=/dev/dm-9 DM_TARGET=quorum DM_ACTION=QUORUM_REPORT_BAD "DM_NAME=a b;\$(c)" DM_UDEV_RULES_VSN=2 \
	DM_QUORUM_LEG=1 DM_QUORUM_VERSIONS='0 1 x' DM_QUORUM_LATER=new "DM_UUID=x"$'\n'y $notify
is "$(sort "$work/told")" "$(
	sort << 'EOF'
[--quiet]
[--no-block]
[--collect]
[--setenv=DEVNAME=/dev/dm-9]
[--setenv=DM_NAME=a b;$(c)]
[--setenv=DM_UUID=x?y]
[--setenv=DM_TARGET=quorum]
[--setenv=DM_ACTION=QUORUM_REPORT_BAD]
[--setenv=DM_QUORUM_LATER=new]
[--setenv=DM_QUORUM_LEG=1]
[--setenv=DM_QUORUM_VERSIONS=0 1 x]
[/usr/lib/dm-quorum/event-handler]
EOF
)" 'systemd-run gets each key as one word, and no others'
done_testing
