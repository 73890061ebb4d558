#!/usr/bin/perl
# fuzz-lines.pl table|message DEVICE COUNT SEED LEG...: loads so many damaged table lines for the device, or sends it so many
# damaged messages. They are made of tests/fuzz/corpus, with these legs in the place of those that are there. Prints what
# there was, as NAME=NUMBER; and on stderr what should not have been: a table that is printed and then not taken, or printed
# in another way then, and what the kernel complains of, as its log does not hold all that is said here.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib $FindBin::Bin;
use dm;

my ($what, $device, $count, $seed, @legs) = @ARGV;
srand $seed;
my $complaint = $ENV{complaint};
my @extremes = qw(-1 +1 00 1x 0x1 31 32 33 255 256 2147483647 2147483648 4294967295 4294967296 4294967297 9007199254740992
	9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 99999999999999999999999);
my $wrong = 0;

sub wrong {
	print STDERR "@_\n" if $wrong++ < 20;
}

sub one_of { $_[rand @_] }

# A seed behind what its target has in front of it. The daemon that a log in user space asks is not there.
sub seeds {
	my ($file, $front) = @_;
	open my $in, '<', "$FindBin::Bin/fuzz/corpus/$file" or die "$file: $!\n";
	my @seeds = map { chomp; substr $_, $front } grep { !/userspace|\\/ } <$in>;
	my %leg = ('8:0' => $legs[0], '8:16' => $legs[1], '8:32' => $legs[2], '8:112' => $legs[3]);
	s{8:\d+}{$leg{$&} // $&}ge for @seeds;
	return grep { length } @seeds;
}

my @damages = (
	sub { $_[0][rand @{$_[0]}] = one_of(@extremes) },
	sub { splice @{$_[0]}, rand @{$_[0]}, 1 },
	sub { splice @{$_[0]}, rand @{$_[0]}, 0, one_of(@{$_[1]}) },
	sub { $_[0][rand @{$_[0]}] = one_of(@{$_[1]}) },
	sub { my $nr = rand @{$_[0]}; substr($_[0][$nr], rand length $_[0][$nr], 1) = chr 1 + rand 255 },
	sub { my $nr = rand @{$_[0]}; substr($_[0][$nr], rand length $_[0][$nr], 0) = one_of('\\', '\\ ', '0', '%s', '-') },
);

# damage(LINE, WORDS): one to four times. What is left may be right.
sub damage {
	my @line = split ' ', $_[0];
	for (0 .. rand 4) {
		last if !@line;
		one_of(@damages)->(\@line, $_[1]);
		@line = grep { length } @line;
	}
	return join ' ', grep { !/userspace/ } @line;
}

sysopen my $log, '/dev/kmsg', O_RDONLY | O_NONBLOCK or die "/dev/kmsg: $!\n";
sysseek $log, 0, 2;
# What has been said since the last time
sub listen_to_kernel {
	while (1) {
		my $got = sysread $log, my $line, 8192;
		if ($got) { wrong($line) if $line =~ /$complaint/ }
		elsif ($!{EPIPE}) { wrong('more was said than was listened to') }
		else { return }
	}
}

my %seen = map { $_ => 0 } qw(taken refused);
sub table {
	my ($line, $length) = @_;
	my @target = (0, $length, 'quorum');
	if (!eval { dm::load($device, [@target, $line]); 1 }) {
		$seen{refused}++;
		return;
	}
	$seen{taken}++;
	my $printed = dm::loaded($device);
	if (eval { dm::load($device, [@target, $printed]); 1 }) {
		my $again = dm::loaded($device);
		wrong("$line: $printed, and then $again") if $again ne $printed;
	} else {
		wrong("$line: $printed is not taken");
	}
	dm::clear($device);
}

sub message {
	my ($message) = @_;
	$seen{eval { dm::message($device, $message); 1 } ? 'taken' : 'refused'}++;
}

my @seeds = $what eq 'table' ? seeds('table', 6) : map { split /;/ } seeds('message', 3);
my @words = map { split ' ' } @seeds;
for my $nr (1 .. $count) {
	my $line = damage(one_of(@seeds), \@words);
	if ($what eq 'table') { table($line, one_of(2048, 2048, 1024, 1023, 1)) } else { message($line) }
	listen_to_kernel() if $nr % 50 == 0;
}
listen_to_kernel();
print "taken=$seen{taken} refused=$seen{refused}\n";
exit($wrong > 0);
