# Ce qu’une vérification de l’audit constate.

event-person-erased = Personne effacée de tout ce que le serveur conserve, sans retour
event-person-exported = Tout ce qui est conservé au sujet d’une personne a été extrait
event-administrator-erased = Administrateur supprimé, effacé de tout ce que le serveur conserve, sans retour
event-party-named = Nom pris ; l’audit l’atteste sans le dire
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

problem-backup-under-way-title = Une sauvegarde est en cours
problem-backup-under-way-text = Elle contiendrait la personne. Rien n’a été effacé.
problem-backup-under-way-next = Recommencez quand la sauvegarde sera écrite.
problem-old-database-title = Une base antérieure est toujours là
problem-old-database-text = La base d’avant le déménagement (server.db dans le dossier de données) contient tout le monde. Rien n’a été effacé.
problem-old-database-next = Détruisez-la sur la machine du serveur, une fois certain de ne plus en avoir besoin, puis recommencez.
person-export = Tout ce qui est conservé, en fichier
erase = Effacer
erase-title = Effacer une personne
erase-ask = Effacer { $what } sans retour ?
erase-consequence-devices = { $n ->
    [0] Aucun appareil ne compte plus, et aucun ne comptera plus.
    [one] { $count } appareil cesse de compter, sans retour.
   *[other] { $count } appareils cessent de compter, sans retour.
}
erase-consequence-access = Nom, identifiant, adresse, groupes, comptes et codes sont supprimés de tous les fichiers du serveur, et la clé sous laquelle l’audit nomme la personne est détruite. Sur une grande base, cela prend quelques secondes.
erase-consequence-peers = Les annuaires et fournisseurs qui mentionnent encore la personne ne font revenir personne.
erase-consequence-data = Les sauvegardes et autres copies antérieures ne sont pas atteintes ; la page suivante dit lesquelles existent.
erase-consequence-back = C’est sans retour. Prenez d’abord le fichier de tout ce qui est conservé, si la personne l’a demandé.
erase-do = Effacer sans retour
erase-administrator-title = Effacer un administrateur
erase-administrator-ask = Effacer l’administrateur { $what } sans retour ?
erase-administrator-consequence-name = Le nom est supprimé de tous les fichiers du serveur, et la clé sous laquelle l’audit nomme le compte est détruite : ce qu’il a fait reste dans l’audit, et personne ne peut plus dire qui c’était.
erase-administrator-consequence-person = Une personne de l’annuaire qui porte le même nom est quelqu’un d’autre et n’est pas effacée par là.
erase-administrator-consequence-back = C’est sans retour.
erased-administrator-title = Administrateur effacé
erased-title = Personne effacée
erased-done = Plus aucun fichier de la base du serveur ne contient la personne.
erased-means = Toutes les preuves du journal de transparence et de l’audit se vérifient comme avant ; il reste des numéros aléatoires et des inscriptions que personne ne peut ouvrir.
erased-left = Ce que le serveur ne peut pas atteindre
erased-backups = { $n ->
    [one] { $count } sauvegarde antérieure contient encore la personne : supprimez-la.
   *[other] { $count } sauvegardes antérieures contiennent encore la personne : supprimez-les.
}
erased-backups-newest = La plus récente date du { $what }.
erased-exports = { $n ->
    [one] { $count } export antérieur de l’audit. Il contient un pseudonyme, que seule une telle sauvegarde permet d’ouvrir.
   *[other] { $count } exports antérieurs de l’audit. Ils contiennent un pseudonyme, que seule une telle sauvegarde permet d’ouvrir.
}
erased-taken-out = { $n ->
    [one] Tout ce qui était conservé au sujet de la personne a été extrait { $count } fois. Le fichier est à supprimer par qui le détient.
   *[other] Tout ce qui était conservé au sujet de la personne a été extrait { $count } fois. Les fichiers sont à supprimer par qui les détient.
}
erased-elsewhere = Archives du journal d’écriture d’un PostgreSQL, ses répliques, instantanés de disques, cartes sur papier, appareils des personnes.
audit-found-proof = La preuve ne mène pas à la racine signée : elle a été modifiée, ou prouve autre chose.
audit-found-cosignature = Le mot d’un témoin sur les { $first } premières inscriptions a été modifié, ou porte sur un autre audit.
