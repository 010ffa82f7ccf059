# Ce qu’une vérification de l’audit constate, et que faire.

about-audit-checkpoint = Afficher le dernier point de contrôle signé de l’audit, à conserver ailleurs.
arg-against = Un export ou un point de contrôle antérieur que quelqu’un a conservé : l’audit doit en être la suite
audit-broken = L’audit N’EST PAS tel qu’il a été signé.
audit-broken-next =
    Que faire maintenant : laissez le serveur et sa base en l’état ; copiez à part le dossier de données, la base et ce texte avant que quiconque répare quoi que ce soit. Exportez l’audit (« pro-server audit export ») et comparez avec un export ou un point de contrôle antérieur (« pro-server audit verify --against ANCIEN »). Demandez qui peut écrire dans la base. Alors seulement, restaurez une sauvegarde.
refused-other-checkpoint = Le fichier de comparaison n’est ni un point de contrôle de l’audit de cette organisation, ni un export qui se termine par un tel point. Rien n’a été vérifié.

audit-found-line = La ligne { $first } du fichier n’est pas telle que le serveur l’a écrite.
audit-found-keys = Les clés de la première ligne n’appartiennent pas à une même organisation : ce n’est pas un export d’un serveur, ou sa première ligne a été modifiée.
audit-found-unfinished = Le fichier s’arrête avant sa fin : ses dernières lignes ont été coupées, ou il a été copié pendant son écriture.
audit-found-unreadable = Le fichier ne peut pas être lu jusqu’au bout.
audit-found-row = Une ligne de la base contient ce que le serveur n’écrit jamais : quelqu’un l’a ajoutée ou modifiée.
audit-found-changed = L’inscription { $first } a été modifiée : elle ne correspond pas à l’empreinte qui l’accompagne.
audit-found-missing = { $span ->
    [one] L’inscription { $first } manque : sa ligne a été supprimée.
   *[other] Les inscriptions { $first } à { $last } manquent : leurs lignes ont été supprimées.
}
audit-found-order = L’inscription { $first } occupe la place de l’inscription { $last } : des inscriptions ont été déplacées, répétées ou ajoutées.
audit-found-exchanged = Les inscriptions { $first } et { $last } ont échangé leurs places, ou l’une a été écrite par-dessus l’autre.
audit-found-rewritten = { $span ->
    [one] L’inscription { $first } a été modifiée, déplacée ou remplacée avec son empreinte. Tout ce qui précède est conforme à ce qui a été signé.
   *[other] Parmi les inscriptions { $first } à { $last }, une au moins a été modifiée, déplacée ou remplacée avec son empreinte. Tout ce qui précède est conforme à ce qui a été signé.
}
audit-found-truncated = { $last-count ->
    [one] La fin a été coupée : { $last } inscription a été signée, il en reste { $first }.
   *[other] La fin a été coupée : { $last } inscriptions ont été signées, il en reste { $first }.
}
audit-found-unsigned = { $span ->
    [one] L’inscription { $first } n’a jamais été signée : elle a été ajoutée, ou le point de contrôle qui la couvrait a été supprimé.
   *[other] Les inscriptions { $first } à { $last } n’ont jamais été signées : elles ont été ajoutées, ou le point de contrôle qui les couvrait a été supprimé.
}
audit-found-checkpoint = { $first-count ->
    [one] Le point de contrôle de la première inscription a été modifié : la clé du serveur ne l’a pas signé.
   *[other] Le point de contrôle des { $first } premières inscriptions a été modifié : la clé du serveur ne l’a pas signé.
}
audit-found-no-checkpoint = Il n’y a aucun point de contrôle signé : il a été supprimé, et sans lui rien ne peut être vérifié.
audit-found-forked = Le journal a bifurqué : la clé du serveur a signé deux histoires différentes des { $first } premières inscriptions. Quelqu’un qui détient la clé a réécrit le passé, à moins qu’une sauvegarde n’ait été restaurée entre-temps (l’audit le dit alors).
audit-found-rolled-back = { $last-count ->
    [one] L’audit est revenu en arrière : { $last } inscription avait été vue, il y en a { $first }. Une base remise à un état antérieur l’explique, de même qu’une sauvegarde restaurée (l’audit le dit alors).
   *[other] L’audit est revenu en arrière : { $last } inscriptions avaient été vues, il y en a { $first }. Une base remise à un état antérieur l’explique, de même qu’une sauvegarde restaurée (l’audit le dit alors).
}
audit-found-party-key = La clé sous laquelle l’inscription { $first } nomme quelqu’un a été modifiée.
audit-found-party-name = Le nom derrière l’inscription { $first } n’est pas celui que l’audit atteste : il a été modifié, échangé avec un autre, ou a disparu. Celui qui est désigné comme auteur peut être quelqu’un d’autre.
audit-found-party-keys-gone = { $last-count ->
    [one] La clé sous laquelle l’audit nomme quelqu’un a disparu sans qu’aucun effacement inscrit à l’audit le dise. C’est celle de l’inscription { $first }.
   *[other] { $last } clés sous lesquelles l’audit nomme des personnes ont disparu sans qu’aucun effacement inscrit à l’audit le dise. La première est celle de l’inscription { $first }.
}
audit-found-party-keys-foreign = { $first-count ->
    [one] Une clé n’appartient à aucune inscription : sa ligne a été ajoutée ou modifiée.
   *[other] { $first } clés de personnes n’appartiennent à aucune inscription : leurs lignes ont été ajoutées ou modifiées.
}
audit-found-party-keys-back = { $first-count ->
    [one] Une clé qu’un effacement avait détruite est de nouveau là : quelqu’un l’avait conservée et l’a remise, et l’audit redevient lisible au sujet de cette personne.
   *[other] { $first } clés de personnes qu’un effacement avait détruites sont de nouveau là : quelqu’un les avait conservées et les a remises, et l’audit redevient lisible au sujet de ces personnes.
}

about-erase = Effacer une personne de tout ce que le serveur conserve : lignes, comptes, codes, et la clé sous laquelle l’audit la nomme. C’est sans retour.
about-admin-erase = Effacer un administrateur supprimé : son nom, et la clé sous laquelle l’audit le nomme. C’est irréversible.
admin-erase-unsaid = Rien n’a été fait. Un effacement est irréversible : personne ne saura plus par l’audit ce que cet administrateur a fait. Confirmez avec --for-good.
about-people-export = Écrire tout ce que le serveur conserve d’une personne, en lignes JSON dans un fichier, à l’intention de cette personne.
arg-person-export = Le fichier à écrire ; il ne doit pas exister
arg-erase-whom = L’identifiant de connexion de la personne ; si elle a été retirée, son numéro
arg-erase-for-good = Oui, sans retour
erase-unsaid = Rien n’a été fait. L’effacement est sans retour : ni nom, ni identifiant, ni adresse ne sont conservés, et aucun annuaire ne fera revenir la personne. Si c’est bien ce que vous voulez, ajoutez --for-good. Prenez d’abord ce que la personne peut demander : « people export ».
refused-backup-under-way = Rien n’a été fait : une sauvegarde est en cours, qui contiendrait la personne. Recommencez quand elle sera écrite.
row-erased = Personne effacée : { $id }. Plus aucun fichier de la base ne la contient, et toutes les preuves se vérifient.
row-erased-backups = Les sauvegardes antérieures la contiennent encore ({ $count } ; les dernières : { $newest }). Supprimez-les.
row-erased-exports = Les exports antérieurs de l’audit ({ $count } ; les derniers : { $newest }) contiennent des pseudonymes que personne ne peut plus ouvrir, sauf avec une telle sauvegarde.
row-erased-taken-out = Tout ce qui était conservé au sujet de la personne a déjà été extrait ({ $count } ; en dernier : { $newest }). Les fichiers sont à supprimer par qui les détient.
row-erased-administrator = Un administrateur porte le même nom. Les administrateurs s’effacent séparément : supprimez-le, puis « pro-server admin erase NOM --for-good ».
row-administrator-erased = Administrateur effacé : { $id }. Plus aucun fichier de la base ne contient son nom, et toutes les preuves se vérifient. Qui a agi sous ce compte est perdu.
row-erased-elsewhere = Hors du serveur : archives du journal d’écriture et répliques d’un PostgreSQL, instantanés de disques et de machines, cartes d’enrôlement sur papier, appareils des personnes.
refused-not-compacted = La personne est effacée, mais les fichiers de la base n’ont pas encore pu être réécrits : des emplacements libérés peuvent encore la contenir. Quelque chose lit ou sauvegarde la base, le disque est plein, ou le serveur n’a pas le droit de réécrire des tables qui ne lui appartiennent pas ; le journal du serveur dit ce qu’il en est. Le serveur réessaie de lui-même, après cinq minutes puis de moins en moins souvent, même après un redémarrage, et écrit « every erasure is finished » dans son journal quand c’est fait.
refused-old-database = Rien n’a été fait : la base d’avant le déménagement est toujours dans le dossier de données (server.db) et contient tout le monde. Détruisez-la d’abord, une fois certain de ne plus en avoir besoin.
handover-compaction_due = que les fichiers de la base restent à réécrire après un effacement
handover-erased_entry = qui aucune source ne peut faire revenir : une empreinte à clé du nom qu’elle lui donnait
audit-found-proof = La preuve ne mène pas à la racine signée : elle a été modifiée, ou prouve autre chose.
about-audit-prove = Écrire une preuve qu’une inscription figure dans l’audit, ou qu’il est la suite d’un point de contrôle antérieur, pour qui n’a pas l’audit.
arg-proof-entry = Le numéro de l’inscription, tel que l’affiche « audit list »
arg-proof-file = Le fichier à écrire ; il ne doit pas exister
row-proven = La preuve tient : { $what } audit de { $entries } inscriptions, signé le { $time }, racine { $root }.
row-proven-entry = l’inscription { $index } figure dans l’
row-proven-since = les { $index } premières inscriptions, telles que signées auparavant, sont celles de l’
refused-no-such-entry = L’audit n’a pas cette inscription, ou le point de contrôle antérieur en couvre davantage qu’il n’y en a.
audit-found-cosignature = Le mot d’un témoin sur les { $first } premières inscriptions a été modifié, ou porte sur un autre audit.

about-audit-witnesses = Montrer qui d’autre se porte garant de l’audit, et jusqu’où.
about-witness = Être témoin des audits d’autres serveurs, sur une machine que leurs administrateurs ne gouvernent pas.
about-witness-serve = Faire tourner le témoin : il contresigne chaque point de contrôle qui est la suite de tout ce qu’il a contresigné.
about-witness-forget = Oublier ce qui a été contresigné d’un journal : pour celui qui recommence après une restauration que son organisation a expliquée.
arg-witness = La clé d’un témoin dont le mot est à rapporter ; autant de fois qu’il y a de témoins
arg-witness-name = Le nom du témoin, par exemple temoin.example/isoloir ; il reste ce qu’il est
arg-witness-log = La clé d’un journal surveillé, telle que l’affiche « pro-server --json audit checkpoint » ; autant de fois qu’il y a de journaux
arg-witness-host = Le nom sous lequel les serveurs atteignent le témoin, pour le certificat qu’il fait lui-même
arg-witness-certificate = Un certificat à la place de celui-ci, en PEM
arg-witness-key = Sa clé, en PEM
arg-witness-origin = Le nom du journal, par exemple isoloir.audit/…
expected-witness-key = la clé d’un témoin telle qu’il l’affiche : name+id+key
handover-audit_witness = qui d’autre se porte garant de l’audit, et jusqu’où
row-verified-witness = Témoin { $name } : il a vu les { $entries } premières inscriptions, et l’a dit le { $time }.
row-verified-no-witness = Témoin { $name } : rien de lui ne figure ici.
row-verified-without-memory = Mais : le dossier de données ne se souvient pas jusqu’où l’audit était allé (newest.json manque ou ne peut être lu). Un éventuel retour à un état antérieur n’a pas pu être vérifié ; comparez avec un point de contrôle conservé ailleurs, par --against.
row-witness = { $name } : il a vu les { $entries } premières inscriptions ; { $reason }.
witness-at-home = { $folder } est le dossier de données d’un serveur, et qui se porte garant de soi-même ne prouve rien. Donnez au témoin un dossier à lui avec --data, de préférence sur une autre machine.
witness-serving = Le témoin est en service. Sa clé, pour [[audit.witnesses]] et pour « audit verify --witness » :
witness-forgotten = Oublié : { $origin }. Son prochain point de contrôle sera contresigné comme s’il était le premier.
witness-unknown = Rien n’a été contresigné de { $origin }.
fault-witness-none = tout va bien
fault-witness-unreachable = il est injoignable. Vérifiez son url dans [[audit.witnesses]] et le réseau entre les deux
fault-witness-certificate = son certificat n’est pas reconnu. Mettez dans ca_file les racines qui l’ont signé, et employez le nom d’hôte pour lequel il a été fait
fault-witness-own-files = ca_file ne contient rien d’utilisable. Il faut du PEM
fault-witness-unknown-log = il ne surveille pas cet audit. Donnez à son exploitant la clé qu’affiche « pro-server --json audit checkpoint »
fault-witness-other-key = il connaît une autre clé de cet audit. Donnez à son exploitant la clé qu’affiche « pro-server --json audit checkpoint »
fault-witness-refused = il répond ce qu’aucun témoin ne répond. Son propre journal dit pourquoi
fault-witness-not-signed = sa réponse n’est pas signée par sa clé. Comparez la clé avec celle qu’affiche le témoin à son démarrage
fault-witness-ahead = IL A VU DE CET AUDIT PLUS QU’IL N’EN RESTE ICI : ce serveur a été ramené à un état antérieur. Si personne n’a restauré de sauvegarde, quelqu’un a retiré des inscriptions : conservez le dossier de données pour examen
fault-witness-forked = IL A VU UN AUTRE AUDIT DE CE SERVEUR : celui-ci a été ramené en arrière et a continué autrement, ou a été forgé. Si une sauvegarde a été restaurée, expliquez-le à l’exploitant du témoin, qui le laisse recommencer (« pro-server witness forget »)
fault-witness-database = l’audit ne peut pas être lu en ce moment. « pro-server doctor » aide
doctor-sink-fine = la destination { $name } de l’audit est joignable et peut être écrite.
doctor-witness-fine = le témoin { $name } de l’audit est joignable.
doctor-audit-fault = { $name } de [audit] : { $reason }.
