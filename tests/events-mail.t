#!/bin/bash
# takes 6 s
# only on 6.12
# P5: if MAIL_TO is set, a mail tells of what somebody has to look at, with the event's keys, and no name of a device can
# add a header to it. Otherwise there is none.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
[ -x /usr/sbin/dma ] || skip_all 'dma is not there'
box=/var/mail/root
# dma delivers as its own user, and would need a name of the machine, which has none
install -m 660 -g mail /dev/null $box
if [ ! -e /etc/mailname ]; then
	echo guest.invalid > /etc/mailname
	at_end 'rm /etc/mailname'
fi
at_end "rm -f $box"

mails() { grep -c '^From ' $box || :; }
has_mail() { [ "$(mails)" = "$1" ]; }
event() { notify DISKSEQ=99999992 DEVNAME=/dev/dm-9 DM_TARGET=quorum "$@"; }
done_with() { grep -q "$1" "$work/done"; }
touch "$work/done"
# runs after all-mail
site_script all-zz "echo \$DM_SEQNUM >> $work/done"
mkdir -p $site

event DM_NAME=data DM_SEQNUM=1 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1 DM_QUORUM_DEV=7:1
ok 'without a setting the event is passed on' poll done_with 1
is "$(mails)" 0 'and there is no mail'

echo MAIL_TO=root > $site/events.conf
event DM_NAME=$'da ta\nBcc: other \xc3\xa9' DM_SEQNUM=2 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1 DM_QUORUM_DEV=7:1
ok 'with one there is a mail' poll has_mail 1
diag "$(grep -a dma /var/log/syslog | tail -n 5)"
like "$(cat $box)" $'\nSubject: dm-quorum: da ta\\?Bcc: other \\?\\?: leg 1 \\(7:1\\) is no longer used\n' 'its subject says what'
ok 'the keys are in it' grep -qx DM_ACTION=QUORUM_LEG_FAILED $box
fails 'and no header of a stranger' grep -q ^Bcc $box

walk=(DM_ACTION=QUORUM_SYNC_DONE DM_QUORUM_TYPE=check DM_QUORUM_NO_QUORUM=0 DM_QUORUM_REWRITTEN=0 DM_QUORUM_RECOVERED=0)
event DM_NAME=data DM_SEQNUM=3 "${walk[@]}" DM_QUORUM_MISMATCHES=0
ok 'a check that finds nothing is passed on' poll done_with 3
event DM_NAME=data DM_SEQNUM=4 "${walk[@]}" DM_QUORUM_MISMATCHES=1
ok 'there is a mail of one that finds something' poll has_mail 2
like "$(grep ^Subject $box | tail -n 1)" '1 lost votes' 'and not of the other'
echo MAIL_VERBOSE=1 >> $site/events.conf
event DM_NAME=data DM_SEQNUM=5 "${walk[@]}" DM_QUORUM_MISMATCHES=0
ok 'unless everything is to be mailed' poll has_mail 3
done_testing
