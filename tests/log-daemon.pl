#!/usr/bin/perl
# log-daemon.pl SAID: the other end of dm-log's userspace type, as linux/dm-log-userspace.h describes it. A log is asked for by
#   log userspace 4 UUID file FILE REGION-SECTORS
# FILE then holds a character for each region, 1 for clean; a new one is all 0. While FILE.fail exists, flushes fail. What is
# asked goes to SAID, a line each: the request's name and its regions.
use strict;
use warnings;
use IO::Handle;

use constant { PF_NETLINK => 16, SOCK_DGRAM => 2, NETLINK_CONNECTOR => 11, SOL_NETLINK => 270, ADD_MEMBERSHIP => 1 };
use constant { CN_IDX_DM => 7, CN_VAL_DM_USERSPACE_LOG => 1, HEADERS => 16 + 20, REQUEST => 160, DONE => 3 };
use constant { EINVAL => 22, EIO => 5 };
my @names = qw(none ctr dtr presuspend postsuspend resume region_size is_clean in_sync flush mark clear resync_work set_sync
	sync_count status table remote);

open my $said, '>>', $ARGV[0] or die "$ARGV[0]: $!\n";
$said->autoflush;
socket my $socket, PF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR or die "socket: $!\n";
bind $socket, pack 'S S L L', PF_NETLINK, 0, 0, 0 or die "bind: $!\n";
setsockopt $socket, SOL_NETLINK, ADD_MEMBERSHIP, pack 'L', CN_IDX_DM or die "membership: $!\n";
print $said "ready\n";

my %logs; # by the kernel's own number, as there can be two tables with the same log

sub load {
	my ($log) = @_;
	$log->{clean} = '';
	if (open my $file, '<', $log->{file}) {
		$log->{clean} = <$file> // '';
	}
	$log->{clean} .= '0' x ($log->{regions} - length $log->{clean});
	$log->{sync} = $log->{clean};
}

sub store {
	my ($log) = @_;
	return EIO if -e "$log->{file}.fail";
	open my $file, '>', "$log->{file}.new" or return EIO;
	print $file $log->{clean};
	$file->flush && $file->sync && close $file or return EIO;
	rename "$log->{file}.new", $log->{file} or return EIO;
	return 0;
}

# Returns an error number, and an answer
sub answer {
	my ($name, $number, $data) = @_;
	if ($name eq 'ctr') {
		my ($length, $type, $file, $region) = split ' ', unpack 'Z*', $data;
		return EINVAL if ($type // '') ne 'file' || ($region // '') !~ /^\d+$/;
		$logs{$number} = { file => $file, region => $region, regions => int(($length + $region - 1) / $region) };
		return 0, '';
	}
	my $log = $logs{$number} or return EINVAL;
	my @regions = unpack 'Q*', $data;
	if ($name eq 'dtr') { delete $logs{$number} }
	elsif ($name eq 'resume') { load($log) }
	elsif ($name eq 'region_size') { return 0, pack 'Q', $log->{region} }
	elsif ($name eq 'is_clean') { return 0, pack 'q', substr $log->{clean}, $regions[0], 1 }
	elsif ($name eq 'in_sync') { return 0, pack 'q', substr $log->{sync}, $regions[0], 1 }
	elsif ($name eq 'mark') { substr($log->{clean}, $_, 1) = '0' for @regions }
	elsif ($name eq 'clear') { substr($log->{clean}, $_, 1) = '1' for @regions }
	elsif ($name eq 'flush') {
		substr($log->{clean}, $_, 1) = '0' for @regions;
		return store($log);
	}
	elsif ($name eq 'status') { return 0, "1 file\0" }
	return 0, '';
}

while (defined recv $socket, my $message, 8192, 0) {
	my ($idx, $val, $seq) = unpack 'L L L', substr $message, 16, 12;
	next if $idx != CN_IDX_DM || $val != CN_VAL_DM_USERSPACE_LOG;
	my $request = substr $message, HEADERS;
	my ($type, $size) = unpack 'L L', substr $request, 152, 8;
	my $name = $names[$type & 0xff] // 'none';
	my $data = substr $request, REQUEST, $size;
	my ($error, $answer) = answer($name, unpack('Q', $request), $data);
	$answer //= '';
	print $said join(' ', $name, $name =~ /^(mark|clear|flush)$/ ? unpack('Q*', $data) : (), $error ? 'failed' : ()), "\n"
		if $name ne 'in_sync';
	my $reply = substr($request, 0, 144) . pack('l', -$error) . substr($request, 148, 8) . pack('L', length $answer) . $answer;
	my $body = pack('L L L L S S', $idx, $val, $seq, 0, length $reply, 0) . $reply;
	# the first four bytes of a netlink message are its length
	defined send $socket, pack('L S S L L', 16 + length $body, DONE, 0, $seq, 0) . $body, 0 or die "send: $!\n";
}
die "recv: $!\n";
