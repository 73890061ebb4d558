#!/usr/bin/perl
# write-log.pl FILE: prints the log of a dm-log-writes device, an entry a line: SECTOR+SECTORS and its flags in letters
# (F flush, A force unit access, D discard), or mark and the mark's text.
use strict;
use warnings;
no warnings "portable"; # perl of this machine has 64 bits

my ($file) = @ARGV;
open my $log, '<:raw', $file or die "$file: $!\n";

sub get {
	my ($at, $length) = @_;
	my $bytes;
	seek $log, $at, 0;
	die "$file ends at $at\n" if read($log, $bytes, $length) != $length;
	return $bytes;
}

my ($magic, $version, $entries, $sector_size) = unpack 'Q<Q<Q<L<', get(0, 28);
die "$file is not a log of version 1\n" if $magic != 0x6a736677736872 || $version != 1;
my $at = $sector_size;
for (1 .. $entries) {
	my ($sector, $sectors, $flags, $length) = unpack 'Q<Q<Q<Q<', get($at, 32);
	if ($flags & 8) {
		print 'mark ', get($at + 32, $length), "\n";
	} else {
		my $letters = join '', map { $flags & $_->[0] ? $_->[1] : () } [1, 'F'], [2, 'A'], [4, 'D'];
		print "$sector+$sectors", ($letters ? " $letters" : ''), "\n";
	}
	$at += $sector_size;
	$at += $sectors * $sector_size unless $flags & 4;
}
